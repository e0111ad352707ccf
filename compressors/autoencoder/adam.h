#pragma once
#include <cstdint>
#include <vector>

namespace packrat {

/// Adam (Kingma and Ba, ICLR 2015): beta 0.9 and 0.999, epsilon 1e-8.
struct AdamStep {
  double learning_rate = 1e-3;
  std::int64_t number = 1;  ///< of the update, from 1
};

/// One update of values [begin, end). The gradient is the sum of `parts`, in their order, each [n]; they are
/// set to 0 for the next one. mean, square: the running moments, [n].
void adam_update(const AdamStep& step, const std::vector<float*>& parts, std::int64_t begin, std::int64_t end,
                 float* values, float* mean, float* square);

}  // namespace packrat
