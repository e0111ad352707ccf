#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace packrat {

/// relu(x) averaged over windows of side x side that do not overlap; what is left at the right and bottom
/// edge is dropped. x: float32 [N, C, height, width]. Differentiable once.
at::Tensor pooled_relu(const at::Tensor& x, std::int64_t side);

}  // namespace packrat
