#include "engine/methods/random_features.h"

#include <algorithm>
#include <cmath>

#include "engine/methods/linear_algebra.h"

namespace packrat {

RandomFeatures::RandomFeatures(std::int64_t count, std::int64_t source, Rng rng)
    : count_(count), source_(source), projection_(static_cast<std::size_t>(count * source)) {
  const double scale = 1 / std::sqrt(static_cast<double>(source));
  for (float& p : projection_) p = static_cast<float>(scale * rng.normal());
}

std::int64_t RandomFeatures::bytes() const {
  return static_cast<std::int64_t>(projection_.size() * sizeof(float));
}

void RandomFeatures::of(const float* z, std::int64_t n, float* out) const {
  multiply_by_transposed(z, n, projection_.data(), count_, source_, out);
  std::transform(out, out + n * count_, out, [](float v) { return std::max(v, 0.0F); });
}

}  // namespace packrat
