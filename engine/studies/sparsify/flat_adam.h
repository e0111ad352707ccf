#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "engine/train/flat_parameters.h"

namespace packrat {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm =
      0.5;  ///< all gradients together are scaled down to this Euclidean norm; 0 turns clipping off
};

/// Adam (Kingma and Ba, ICLR 2015) with gradient-norm clipping, in one pass over flat buffers; the same
/// arithmetic as torch's. Parameters come in groups that may have trained for different times: weights go on
/// with their moments when variances join them.
class FlatAdam {
 public:
  struct Group {
    FlatParameters flat;       ///< the parameters are views of it
    at::Tensor first, second;  ///< moments, float32 [all weights of the group]
    std::int64_t steps = 0;
  };

  FlatAdam(const std::vector<std::vector<at::Tensor>>& groups, AdamOptions options);

  void zero_grad();
  /// One update with the gradients accumulated since zero_grad(). Returns the gradient norm before clipping.
  double step(double lr);
  /// Moments and steps of `from`, which has as many weights, go on in group `index`.
  void hand_over(std::size_t index, const Group& from);

  const std::vector<Group>& groups() const { return groups_; }

 private:
  std::vector<Group> groups_;
  AdamOptions options_;
};

}  // namespace packrat
