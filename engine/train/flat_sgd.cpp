#include "engine/train/flat_sgd.h"

#include <ATen/ATen.h>

#include <cmath>

#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

constexpr std::int64_t kPiece = 1 << 17;  // values: half a megabyte of each buffer

PACKRAT_VECTOR_CLONES void update(float* w, const float* g, float* m, std::int64_t count, float scale,
                                  float decay, float mu, float lr) {
  for (std::int64_t i = 0; i < count; ++i) {
    m[i] = mu * m[i] + (g[i] * scale + decay * w[i]);
    w[i] -= lr * m[i];
  }
}

}  // namespace

FlatSgd::FlatSgd(std::vector<at::Tensor> parameters, SgdOptions options, const std::vector<bool>& overwritten,
                 Crew* crew)
    : options_(options), flat_(flatten_parameters(parameters)), crew_(crew) {
  momentum_ = at::zeros_like(flat_.weights);
  std::int64_t begin = 0, end = 0;  // of a stretch that is added to
  const auto add_stretch = [&] {
    if (end > begin) added_to_.push_back(flat_.gradients.narrow(0, begin, end - begin));
  };
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const bool is_overwritten = !overwritten.empty() && overwritten.at(p);
    if (is_overwritten) {
      add_stretch();
      begin = end + parameters[p].numel();
    }
    end += parameters[p].numel();
  }
  add_stretch();
}

void FlatSgd::zero_grad() {
  for (at::Tensor& stretch : added_to_) stretch.zero_();
}

double FlatSgd::step(double lr) {
  const at::NoGradGuard no_grad;
  if (flat_.weights.is_cpu()) {
    const std::int64_t count = flat_.weights.numel();
    const auto* g = flat_.gradients.data_ptr<float>();
    auto* const w = flat_.weights.data_ptr<float>();
    auto* const m = momentum_.data_ptr<float>();
    const double norm = std::sqrt(sum_of_squares(g, count, crew_));
    const auto scale = static_cast<float>(clip_scale(norm, options_.clip_norm));
    for_each_piece(crew_, count, kPiece, [&](std::int64_t begin, std::int64_t size) {
      update(w + begin, g + begin, m + begin, size, scale, static_cast<float>(options_.weight_decay),
             static_cast<float>(options_.momentum), static_cast<float>(lr));
    });
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
