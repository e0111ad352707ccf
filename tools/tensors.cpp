#include "tools/tensors.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/core/error.h"
#ifndef PACKRAT_WITHOUT_TENSORS
#include "models/torch_runtime.h"
#endif

namespace packrat {
namespace {

namespace fs = std::filesystem;

char** program_arguments = nullptr;

/// In a build tree the two lie in one folder; installed, the second one is in ../libexec/packrat.
constexpr const char* kTensors[] = {"packrat-tensors", "../libexec/packrat/packrat-tensors"};
constexpr const char* kProgram[] = {"packrat", "../../bin/packrat"};

fs::path own_path() {
  return fs::read_symlink("/proc/self/exe");
}

/// The first of `names`, seen from the program's own folder, that is a file; else empty.
fs::path beside(const fs::path& own, const char* const (&names)[2]) {
  for (const char* name : names)
    if (fs::path path = (own.parent_path() / name).lexically_normal(); fs::is_regular_file(path)) return path;
  return {};
}

}  // namespace

void remember_arguments(char** arguments) {
  program_arguments = arguments;
}

fs::path program_path() {
  const fs::path own = own_path(), packrat = beside(own, kProgram);
  return packrat.empty() ? own : packrat;
}

#ifdef PACKRAT_WITHOUT_TENSORS
namespace {

/// Which kernels OpenBLAS computes with is decided as it is loaded, before main(). On processors newer than
/// itself it takes its oldest (SSE3), and not AVX-512 on those of AMD; a head then trains half again as long.
void choose_blas_kernels() {
#if defined(__x86_64__) && defined(__GNUC__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const char* const kernels = avx512 ? "SkylakeX" : avx2 && __builtin_cpu_is("intel") ? "Haswell" : nullptr;
  if (kernels != nullptr) ::setenv("OPENBLAS_CORETYPE", kernels, /*overwrite=*/0);
#endif
}

}  // namespace

void need_tensors() {
  const fs::path own = own_path(), tensors = beside(own, kTensors);
  const std::string where = (own.parent_path() / kTensors[1]).lexically_normal().string();
  if (tensors.empty())
    throw UserError(fmt::format("this command needs '{}', which is not there: install Packrat again", where));
  choose_blas_kernels();
  std::fflush(nullptr);
  ::execv(tensors.c_str(), program_arguments);
  throw UserError(fmt::format("cannot start '{}': {}", tensors.string(), std::strerror(errno)));
}
#else
void need_tensors() {
  check_torch_version();
}
#endif

}  // namespace packrat
