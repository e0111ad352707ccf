#pragma once
#include <cstdint>

namespace packrat {

constexpr float kLeastVariance = 1e-8F;  ///< smaller variances of an output count as this one

/// How outputs lie: `images` times `parts` (2 for complex ones: real and imaginary) times `values`. Variances
/// and deviations have no parts.
struct OutputLayout {
  std::int64_t images = 0, parts = 1, values = 0;
};

/// out += bias + noise * deviation, where deviation = sqrt(max(variance, kLeastVariance) / parts) takes the
/// place of the variance. bias: [parts, values]; out and noise: [images, parts, values]; variance: [images,
/// values].
void add_output_noise(const OutputLayout& layout, const float* bias, const float* noise, float* variance,
                      float* out);

/// The loss's derivative by the variance [images, values] from that by the outputs; 0 where the variance was
/// below the least one. deviation: as add_output_noise() left it.
void output_noise_gradient(const OutputLayout& layout, const float* gradient, const float* noise,
                           const float* deviation, float* by_variance);

}  // namespace packrat
