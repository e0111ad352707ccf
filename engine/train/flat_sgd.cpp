#include "engine/train/flat_sgd.h"

#include <ATen/ATen.h>

#include <cmath>

#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

PACKRAT_VECTOR_CLONES void update(float* w, const float* g, float* m, std::int64_t count, float scale,
                                  float decay, float mu, float lr) {
  for (std::int64_t i = 0; i < count; ++i) {
    m[i] = mu * m[i] + (g[i] * scale + decay * w[i]);
    w[i] -= lr * m[i];
  }
}

}  // namespace

FlatSgd::FlatSgd(std::vector<at::Tensor> parameters, SgdOptions options)
    : options_(options), flat_(flatten_parameters(std::move(parameters))) {
  momentum_ = at::zeros_like(flat_.weights);
}

void FlatSgd::zero_grad() {
  flat_.gradients.zero_();
}

double FlatSgd::step(double lr) {
  const at::NoGradGuard no_grad;
  if (flat_.weights.is_cpu()) {
    const std::int64_t count = flat_.weights.numel();
    const auto* g = flat_.gradients.data_ptr<float>();
    const double norm = std::sqrt(sum_of_squares(g, count));
    update(flat_.weights.data_ptr<float>(), g, momentum_.data_ptr<float>(), count,
           static_cast<float>(clip_scale(norm, options_.clip_norm)),
           static_cast<float>(options_.weight_decay), static_cast<float>(options_.momentum),
           static_cast<float>(lr));
    return norm;
  }
  const double norm = flat_.gradients.norm().item<double>();
  momentum_.mul_(options_.momentum)
      .add_(flat_.gradients, clip_scale(norm, options_.clip_norm))
      .add_(flat_.weights, options_.weight_decay);
  flat_.weights.sub_(momentum_, lr);
  return norm;
}

}  // namespace packrat
