#include "engine/studies/sparsify/output_noise.h"

#include <cmath>

#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

PACKRAT_VECTOR_CLONES void to_deviations(std::int64_t count, float share, float* variance) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float v = variance[i] < kLeastVariance ? kLeastVariance : variance[i];
    variance[i] = std::sqrt(v * share);
  }
}

PACKRAT_VECTOR_CLONES void add_row(std::int64_t count, const float* bias, const float* noise,
                                   const float* deviation, float* __restrict out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] += bias[i] + noise[i] * deviation[i];
}

/// d deviation / d variance is share / (2 deviation).
PACKRAT_VECTOR_CLONES void add_gradient_row(std::int64_t count, float share, const float* gradient,
                                            const float* noise, const float* deviation,
                                            float* __restrict by_variance) {
  const float least = std::sqrt(kLeastVariance * share), half = 0.5F * share;
  for (std::int64_t i = 0; i < count; ++i) {
    const float slope = half * (gradient[i] * noise[i]) / deviation[i];
    by_variance[i] += deviation[i] > least ? slope : 0.0F;
  }
}

}  // namespace

void add_output_noise(const OutputLayout& layout, const float* bias, const float* noise, float* variance,
                      float* out) {
  const std::int64_t values = layout.values;
  to_deviations(layout.images * values, 1.0F / static_cast<float>(layout.parts), variance);
  for (std::int64_t image = 0; image < layout.images; ++image)
    for (std::int64_t part = 0; part < layout.parts; ++part, noise += values, out += values)
      add_row(values, bias + part * values, noise, variance + image * values, out);
}

void output_noise_gradient(const OutputLayout& layout, const float* gradient, const float* noise,
                           const float* deviation, float* by_variance) {
  const std::int64_t values = layout.values;
  for (std::int64_t i = 0; i < layout.images * values; ++i) by_variance[i] = 0;
  for (std::int64_t image = 0; image < layout.images; ++image)
    for (std::int64_t part = 0; part < layout.parts; ++part, gradient += values, noise += values)
      add_gradient_row(values, 1.0F / static_cast<float>(layout.parts), gradient, noise,
                       deviation + image * values, by_variance + image * values);
}

}  // namespace packrat
