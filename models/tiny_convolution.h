#pragma once
#include <ATen/core/Tensor.h>

#include "models/live_taps.h"

namespace packrat {

/// A convolution (odd kernel, padding kernel/2, no bias) on tiny maps, as matrix products over the live taps.
///
/// maps:   float32 [B, P, Cin], one row per position (P = side_in^2)
/// weight: float32 [Cout, T * Cin], T = taps.live.size(): the columns of one tap after those of another
/// Returns float32 [B, side_out^2, Cout]. Differentiable once, in both arguments.
at::Tensor tiny_convolution(const at::Tensor& maps, const at::Tensor& weight, const LiveTaps& taps);

/// The columns of a plain kernel [Cout, Cin, k, k] for `taps`: [Cout, taps.size() * Cin], contiguous.
at::Tensor gather_taps(const at::Tensor& kernel, const std::vector<std::int64_t>& taps);

/// Writes columns back to their places in a plain kernel [Cout, Cin, k, k]: the inverse of gather_taps().
void scatter_taps(const at::Tensor& columns, const std::vector<std::int64_t>& taps, at::Tensor& kernel);

}  // namespace packrat
