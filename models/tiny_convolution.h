#pragma once
#include <ATen/core/Tensor.h>

#include "models/live_taps.h"

namespace packrat {

class Crew;

/// How the products of a tiny convolution are trained.
struct TinyTraining {
  /// Does halves of the products side by side; nullptr: the caller does them. The halves are the same.
  Crew* crew = nullptr;
  /// Whether backward() writes the weight's gradient over weight.grad(), which must be defined, in place of
  /// adding to it: what was there need not be zeroed, read and written again.
  bool overwrites_gradient = false;
};

/// A convolution (odd kernel, padding kernel/2, no bias) on tiny maps, as matrix products over the live taps.
///
/// maps:   float32 [B, P, Cin], one row per position (P = side_in^2)
/// weight: float32 [Cout, T * Cin], T = taps.live.size(): the columns of one tap after those of another
/// Returns float32 [B, side_out^2, Cout]. Differentiable once, in both arguments. Products are cut into two
/// halves of output channels, in the derivative by the maps of input channels: the order of every sum, and so
/// every bit, is the same with and without a crew.
at::Tensor tiny_convolution(const at::Tensor& maps, const at::Tensor& weight, const LiveTaps& taps,
                            const TinyTraining& training = {});

/// The columns of a plain kernel [Cout, Cin, k, k] for `taps`: [Cout, taps.size() * Cin], contiguous.
at::Tensor gather_taps(const at::Tensor& kernel, const std::vector<std::int64_t>& taps);

/// Writes columns back to their places in a plain kernel [Cout, Cin, k, k]: the inverse of gather_taps().
void scatter_taps(const at::Tensor& columns, const std::vector<std::int64_t>& taps, at::Tensor& kernel);

}  // namespace packrat
