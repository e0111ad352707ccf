#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace packrat {

// LibTorch's own threads are not used: every operation runs on one thread, and independent pieces of work of
// a fixed size run side by side. So results do not depend on the number of threads, and OpenMP and BLAS pools
// do not spin against each other.

/// Makes LibTorch, OpenMP and the BLAS (OpenBLAS or MKL, where present) run each operation on the calling
/// thread alone.
void use_one_thread();

/// Runs body(begin, end) for [0, batch), [batch, 2 batch), ... up to `count` on up to `threads` threads, each
/// with use_one_thread(). The pieces depend on `batch` alone. The first exception of a body is thrown here.
void for_each_batch(std::int64_t count, std::int64_t batch, int threads,
                    const std::function<void(std::int64_t begin, std::int64_t end)>& body);

/// "cpu", "cuda" or "cuda:N". UserError on anything else, and for a device that this LibTorch or this machine
/// does not have.
c10::Device parse_device(std::string_view text);

/// "cpu", "cuda:0", ...: what parse_device() accepts here.
std::vector<std::string> available_devices();

/// The version of a LibTorch by its library's file: "1.13" of libtorch_cpu.so.1.13 (Debian), else what
/// version.py (wheels) or build-version (archives) beside lib/ says, such as "2.15.0"; empty when nothing
/// tells.
std::string torch_version_of(const std::filesystem::path& library);

/// UserError when the LibTorch that was loaded is of another release than the headers that Packrat was
/// compiled with; it names both. Silent where the version of the library is not known.
void check_torch_version();

/// What `packrat info` shows: label and text, such as {"LibTorch", "1.13.1"}, {"BLAS", "..."}, {"CPU
/// kernels", "AVX2"}.
std::vector<std::pair<std::string, std::string>> runtime_info();

}  // namespace packrat
