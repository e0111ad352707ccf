#pragma once
// What differs between the versions of LibTorch that Packrat is built with (1.13 to 2.15); nothing elsewhere
// asks for one.
#include <ATen/core/Tensor.h>
#include <torch/version.h>

#include <optional>

namespace packrat {

// A class of its own before 2.2.
#if TORCH_VERSION_MAJOR < 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 2)
using OptionalTensor = c10::optional<at::Tensor>;
#else
using OptionalTensor = std::optional<at::Tensor>;
#endif

/// Nothing for an undefined tensor.
inline OptionalTensor if_defined(const at::Tensor& tensor) {
  return tensor.defined() ? OptionalTensor(tensor) : OptionalTensor();
}

}  // namespace packrat
