#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/train/flat_parameters.h"

namespace packrat {

struct SgdOptions {
  double momentum = 0.9;
  double weight_decay = 1e-6;
  double clip_norm = 10;  ///< gradients are scaled down to this Euclidean norm; 0 turns clipping off
};

/// SGD with momentum, weight decay and gradient-norm clipping over one flat buffer each for weights,
/// gradients and momentum: the same arithmetic as torch's clip_grad_norm_ and SGD, in two passes over memory.
/// The parameters' data and grads become views of the buffers. Sums run in a fixed order, so that the result
/// does not depend on the number of threads.
class FlatSgd {
 public:
  FlatSgd(std::vector<at::Tensor> parameters, SgdOptions options);

  void zero_grad();
  /// One update with the gradients accumulated since zero_grad(). Returns the gradient norm before clipping.
  double step(double lr);

  const at::Tensor& momentum() const { return momentum_; }  ///< float32 [all weights]; write to it to restore

 private:
  SgdOptions options_;
  FlatParameters flat_;
  at::Tensor momentum_;
};

}  // namespace packrat
