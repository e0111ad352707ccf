#include "compressors/autoencoder/adam.h"

#include <algorithm>
#include <cmath>

namespace packrat {

void adam_update(const AdamStep& step, const std::vector<float*>& parts, std::int64_t begin, std::int64_t end,
                 float* values, float* mean, float* square) {
  constexpr double kBeta1 = 0.9, kBeta2 = 0.999;
  constexpr float kKeep1 = kBeta1, kKeep2 = kBeta2, kEpsilon = 1e-8f;
  const auto number = static_cast<double>(step.number);
  // The corrections of both moments' bias towards 0, as factors.
  const auto rate = static_cast<float>(step.learning_rate / (1 - std::pow(kBeta1, number)));
  const auto root = static_cast<float>(1 / std::sqrt(1 - std::pow(kBeta2, number)));
  float* const gradient = parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p)
    for (std::int64_t i = begin; i < end; ++i) {
      gradient[i] += parts[p][i];
      parts[p][i] = 0;
    }
  for (std::int64_t i = begin; i < end; ++i) {
    mean[i] = kKeep1 * mean[i] + (1 - kKeep1) * gradient[i];
    square[i] = kKeep2 * square[i] + (1 - kKeep2) * gradient[i] * gradient[i];
    values[i] -= rate * mean[i] / (std::sqrt(square[i]) * root + kEpsilon);
    gradient[i] = 0;
  }
}

}  // namespace packrat
