#pragma once
#include <filesystem>

namespace packrat {

/// The program is linked twice: `packrat`, and `packrat-tensors` with LibTorch, whose initializers take half
/// a second. Commands that compute with it begin their work, once their options are checked, with
/// need_tensors(): `packrat` becomes `packrat-tensors` there, with the same arguments and in the same
/// process. There it says which kernels OpenBLAS is to take, unless OPENBLAS_CORETYPE is set. UserError when
/// it is not where it was installed, or when the LibTorch that was loaded is not the one it was compiled
/// with.
#ifdef PACKRAT_WITHOUT_TENSORS
[[noreturn]]
#endif
void need_tensors();

/// The program `packrat`, also when `packrat-tensors` asks: what workers are started with.
std::filesystem::path program_path();

/// Before need_tensors(), in main().
void remember_arguments(char** arguments);

}  // namespace packrat
