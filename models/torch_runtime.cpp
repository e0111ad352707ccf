#include "models/torch_runtime.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <mutex>

#include "engine/core/error.h"
#include "engine/core/parallel.h"

namespace packrat {
namespace {

template <typename Function>
Function* loaded_symbol(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

// Which BLAS is loaded is known at run time only (Debian's alternatives), so its functions are looked up, not
// linked.
void use_one_blas_thread() {
  static std::mutex guard;
  const std::lock_guard<std::mutex> lock(guard);
  static auto* const openblas_threads = loaded_symbol<int()>("openblas_get_num_threads");
  static auto* const set_openblas_threads = loaded_symbol<void(int)>("openblas_set_num_threads");
  static auto* const set_mkl_threads = loaded_symbol<void(int)>("MKL_Set_Num_Threads");
  if (openblas_threads && set_openblas_threads && openblas_threads() != 1) set_openblas_threads(1);
  if (set_mkl_threads) set_mkl_threads(1);
}

// LibTorch tells which of its kernels it chose only in the text of its configuration.
std::string cpu_kernels() {
  const std::string config = at::show_config(), label = "CPU capability usage: ";
  const std::size_t begin = config.find(label);
  if (begin == std::string::npos) return "unknown";
  return config.substr(begin + label.size(), config.find('\n', begin) - begin - label.size());
}

std::string blas_name() {
  if (auto* const config = loaded_symbol<char*()>("openblas_get_config")) {
    std::string text = config();
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }
  return at::hasMKL() ? "MKL" : "reference BLAS (install libopenblas-dev: it is many times faster)";
}

}  // namespace

void use_one_thread() {
  // Per thread: OpenMP keeps one count for each. Setting it drops LibTorch's cached convolution plans, so
  // only when it differs.
  if (at::get_num_threads() != 1) at::set_num_threads(1);
  use_one_blas_thread();
}

void for_each_batch(std::int64_t count, std::int64_t batch, int threads,
                    const std::function<void(std::int64_t, std::int64_t)>& body) {
  const std::int64_t batches = (count + batch - 1) / batch;
  parallel_for(
      batches, threads, [&](std::int64_t i) { body(i * batch, std::min(count, (i + 1) * batch)); },
      use_one_thread);
}

c10::Device parse_device(std::string_view text) {
  if (text == "cpu") return c10::Device(c10::kCPU);
  const bool names_index = text.substr(0, 5) == "cuda:";
  int index = 0;
  const char* const end = text.data() + text.size();
  const bool read = names_index && [&] {
    const auto [stop, error] = std::from_chars(text.data() + 5, end, index);
    return error == std::errc() && stop == end && index >= 0;
  }();
  if (text != "cuda" && !read)
    throw UserError(fmt::format("unknown device '{}': choose cpu, cuda or cuda:N", text));
  if (!at::hasCUDA())
    throw UserError(
        fmt::format("device '{}' needs a LibTorch built with CUDA, and this one ({}) is not: use cpu", text,
                    TORCH_VERSION));
  const int count = static_cast<int>(torch::cuda::device_count());
  if (index >= count)
    throw UserError(fmt::format(
        "device '{}' is not there: this machine has {} CUDA device(s), counted from 0", text, count));
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

std::vector<std::string> available_devices() {
  std::vector<std::string> devices = {"cpu"};
  if (at::hasCUDA())
    for (std::size_t i = 0; i < static_cast<std::size_t>(torch::cuda::device_count()); ++i)
      devices.push_back(fmt::format("cuda:{}", i));
  return devices;
}

std::vector<std::pair<std::string, std::string>> runtime_info() {
  return {{"LibTorch", TORCH_VERSION},
          {"CPU kernels", cpu_kernels()},
          {"oneDNN", at::hasMKLDNN() ? at::get_mkldnn_version() : "not built in"},
          {"BLAS", blas_name()},
          {"devices", fmt::format("{}", fmt::join(available_devices(), ", "))}};
}

}  // namespace packrat
