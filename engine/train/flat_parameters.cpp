#include "engine/train/flat_parameters.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

constexpr std::int64_t kLanes = 16, kBlock = 4096;

/// 16 float lanes within blocks of 4096, blocks added in double.
PACKRAT_VECTOR_CLONES double blocked_sum_of_squares(const float* values, std::int64_t count) {
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t size = std::min(kBlock, count - begin);
    const float* v = values + begin;
    float lanes[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= size; i += kLanes)
      for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += v[i + k] * v[i + k];
    for (; i < size; ++i) lanes[0] += v[i] * v[i];
    for (const float lane : lanes) total += lane;
  }
  return total;
}

}  // namespace

double sum_of_squares(const float* values, std::int64_t count) {
  return blocked_sum_of_squares(values, count);
}

double clip_scale(double norm, double limit) {
  return limit > 0 ? std::min(1.0, limit / (norm + 1e-6)) : 1.0;
}

FlatParameters flatten_parameters(std::vector<at::Tensor> parameters) {
  std::int64_t count = 0;
  for (const at::Tensor& p : parameters) count += p.numel();
  const at::TensorOptions kind = parameters.at(0).options().requires_grad(false);
  const FlatParameters flat{at::empty({count}, kind), at::zeros({count}, kind)};
  const at::NoGradGuard no_grad;
  std::int64_t offset = 0;
  for (at::Tensor& p : parameters) {
    const auto view_in = [&](const at::Tensor& buffer) {
      return buffer.narrow(0, offset, p.numel()).view(p.sizes());
    };
    view_in(flat.weights).copy_(p);
    p.set_data(view_in(flat.weights));
    p.mutable_grad() = view_in(flat.gradients);
    offset += p.numel();
  }
  return flat;
}

}  // namespace packrat
