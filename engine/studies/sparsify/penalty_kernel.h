#pragma once
#include <cstdint>

#include "engine/studies/sparsify/penalty.h"

namespace packrat {

/// The weights of a layer that a penalty looks at.
struct PenaltyWeights {
  const float* re = nullptr;   ///< real parts of the means [count]
  const float* im = nullptr;   ///< imaginary parts [count]; null for real weights
  const float* ls2 = nullptr;  ///< log sigma^2 [count]
  std::int64_t count = 0;
};

/// Where its gradient goes, laid out the same way; im is null for real weights.
struct PenaltyGradient {
  float* re = nullptr;
  float* im = nullptr;
  float* ls2 = nullptr;
};

/// The penalty summed over the weights, in double precision.
double penalty_sum(Penalty penalty, const PenaltyWeights& weights);

/// Adds `scale` times the gradient of penalty_sum() to `gradient`, in one vectorised pass; float precision,
/// the same bits on every processor type. The modulus has derivative 0 at 0.
void add_penalty_gradient(Penalty penalty, const PenaltyWeights& weights, float scale,
                          const PenaltyGradient& gradient);

/// keep[i] = log alpha of weight i <= threshold ? 1 : 0.
void relevance_mask(const PenaltyWeights& weights, double threshold, float* keep);

}  // namespace packrat
