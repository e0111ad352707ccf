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
#include <fstream>
#include <mutex>

#include "engine/core/error.h"
#include "engine/core/parallel.h"

namespace packrat {
namespace fs = std::filesystem;
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

/// Where the library with LibTorch's operations was loaded from; empty when the loader does not tell.
fs::path torch_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&at::show_config), &info) == 0 || info.dli_fname == nullptr)
    return {};
  std::error_code failed;
  const fs::path path = fs::canonical(info.dli_fname, failed);
  return failed ? fs::path() : path;
}

/// The first number with dots of a text, such as 2.15.0 of "__version__ = '2.15.0+cu132'".
std::string version_in(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t begin = std::min(text.find_first_of(kDigits), text.size());
  std::string found(text.substr(begin, text.find_first_not_of("0123456789.", begin) - begin));
  found.erase(found.find_last_not_of('.') + 1);
  return found;
}

/// Of a CUDA build, also where no device is.
bool is_cuda_build() {
  return at::Context::hasCUDART();
}

/// As CUDA counts its versions: 13020 is 13.2.
std::string cuda_version_text(long version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

/// The toolkit that LibTorch was built with, and the newest that the driver can serve.
std::string cuda_text() {
  if (!is_cuda_build()) return "not built in";
  const std::string toolkit = cuda_version_text(at::Context::versionCUDART());
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return toolkit + ", no driver (libcuda.so.1)";
  auto* const driver_version = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDriverGetVersion"));
  int version = 0;
  const bool told = driver_version != nullptr && driver_version(&version) == 0;
  dlclose(driver);
  return fmt::format("{}, driver for {}", toolkit, told ? cuda_version_text(version) : "an unknown version");
}

}  // namespace

std::string torch_version_of(const fs::path& library) {
  const std::string name = library.filename().string(), stem = "libtorch_cpu.so.";
  if (name.rfind(stem, 0) == 0) return version_in(name.substr(stem.size()));
  for (const char* const beside : {"version.py", "build-version"}) {
    std::ifstream file(library.parent_path().parent_path() / beside);
    for (std::string line; std::getline(file, line);)
      if (line.find("__version__ =") == 0 || beside != std::string_view("version.py"))
        return version_in(line);
  }
  return "";
}

void check_torch_version() {
  const fs::path library = torch_library();
  const std::string loaded = torch_version_of(library),
                    compiled = fmt::format("{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR);
  if (loaded.empty() || loaded == compiled || loaded.rfind(compiled + ".", 0) == 0) return;
  throw UserError(fmt::format(
      "this program was compiled with the headers of LibTorch {}, and {} is LibTorch {}: build it "
      "again with -DPACKRAT_TORCH, or set LD_LIBRARY_PATH to the libraries of {}",
      TORCH_VERSION, library.string(), loaded, compiled));
}

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
  if (!is_cuda_build())
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
  if (is_cuda_build())
    for (std::size_t i = 0; i < static_cast<std::size_t>(torch::cuda::device_count()); ++i)
      devices.push_back(fmt::format("cuda:{}", i));
  return devices;
}

std::vector<std::pair<std::string, std::string>> runtime_info() {
  return {{"LibTorch", fmt::format("{}, {}", TORCH_VERSION, torch_library().string())},
          {"CPU kernels", cpu_kernels()},
          {"oneDNN", at::hasMKLDNN() ? at::get_mkldnn_version() : "not built in"},
          {"BLAS", blas_name()},
          {"CUDA", cuda_text()},
          {"devices", fmt::format("{}", fmt::join(available_devices(), ", "))}};
}

}  // namespace packrat
