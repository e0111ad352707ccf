#pragma once
#include <ATen/core/Tensor.h>

#include "engine/studies/pretraining/patches.h"

namespace packrat {

// The two layers that pretraining a ResNet spends its time in, differentiable once. Maps are float32 or
// bfloat16 and lie position by position: [B, side, side, channels], contiguous.

/// A convolution without bias. weight: [out, live taps x in], of the maps' type, the columns of one tap after
/// those of another (tiny_convolution.h). Products and sums are float32 inside, results of the maps' type.
struct TrainingConvolution {
  PatchPlan patches;
  std::int64_t in, out, kernel, stride, side;

  TrainingConvolution(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_side,
                      std::int64_t stride_, std::int64_t map_side);
  at::Tensor forward(const at::Tensor& maps, const at::Tensor& weight) const;
  std::int64_t side_out() const { return patches.taps().side_out; }
};

/// Running moments of one batch norm, float32 [C].
struct RunningMoments {
  at::Tensor mean, variance;
};

/// relu(batch norm(maps) + residual); `residual` may be undefined, `relu` left out. gamma, beta: float32 [C].
/// With `training`, the moments are those of these maps, and the running ones follow with momentum 0.1 (the
/// variance unbiased, as torch does); else the running ones are used. eps is 1e-5.
at::Tensor normalise(const at::Tensor& maps, const at::Tensor& gamma, const at::Tensor& beta,
                     RunningMoments& running, bool training, const at::Tensor& residual, bool relu);

}  // namespace packrat
