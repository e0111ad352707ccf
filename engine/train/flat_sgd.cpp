#include "engine/train/flat_sgd.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace packrat {
namespace {

// Compiled for the machine's vectors where they exist. Contraction is off, so every clone computes the same
// bits.
#if defined(__x86_64__) && defined(__GNUC__)
#define PACKRAT_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PACKRAT_VECTOR_CLONES
#endif

constexpr std::int64_t kLanes = 16, kBlock = 4096;

/// Sum of squares: 16 float lanes within blocks of 4096, blocks added in double.
PACKRAT_VECTOR_CLONES double sum_of_squares(const float* values, std::int64_t count) {
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

PACKRAT_VECTOR_CLONES void update(float* w, const float* g, float* m, std::int64_t count, float scale,
                                  float decay, float mu, float lr) {
  for (std::int64_t i = 0; i < count; ++i) {
    m[i] = mu * m[i] + (g[i] * scale + decay * w[i]);
    w[i] -= lr * m[i];
  }
}

double clip_scale(double norm, double limit) {
  return limit > 0 ? std::min(1.0, limit / (norm + 1e-6)) : 1.0;
}

}  // namespace

FlatSgd::FlatSgd(std::vector<at::Tensor> parameters, SgdOptions options) : options_(options) {
  std::int64_t count = 0;
  for (const at::Tensor& p : parameters) count += p.numel();
  const at::TensorOptions kind = parameters.at(0).options().requires_grad(false);
  weights_ = torch::empty({count}, kind);
  gradients_ = torch::zeros({count}, kind);
  momentum_ = torch::zeros({count}, kind);
  const torch::NoGradGuard no_grad;
  std::int64_t offset = 0;
  for (at::Tensor& p : parameters) {
    const auto view_in = [&](const at::Tensor& flat) {
      return flat.narrow(0, offset, p.numel()).view(p.sizes());
    };
    view_in(weights_).copy_(p);
    p.set_data(view_in(weights_));
    p.mutable_grad() = view_in(gradients_);
    offset += p.numel();
  }
}

void FlatSgd::zero_grad() {
  gradients_.zero_();
}

double FlatSgd::step(double lr) {
  const torch::NoGradGuard no_grad;
  if (weights_.is_cpu()) {
    const std::int64_t count = weights_.numel();
    const auto* g = gradients_.data_ptr<float>();
    const double norm = std::sqrt(sum_of_squares(g, count));
    update(weights_.data_ptr<float>(), g, momentum_.data_ptr<float>(), count,
           static_cast<float>(clip_scale(norm, options_.clip_norm)),
           static_cast<float>(options_.weight_decay), static_cast<float>(options_.momentum),
           static_cast<float>(lr));
    return norm;
  }
  const double norm = gradients_.norm().item<double>();
  momentum_.mul_(options_.momentum)
      .add_(gradients_, clip_scale(norm, options_.clip_norm))
      .add_(weights_, options_.weight_decay);
  weights_.sub_(momentum_, lr);
  return norm;
}

}  // namespace packrat
