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
  /// overwritten: for each parameter, whether backward() writes its gradient over what is there (empty: adds
  /// to it, for all): zero_grad() leaves those alone. The crew, where there is one, takes parts of step().
  FlatSgd(std::vector<at::Tensor> parameters, SgdOptions options, const std::vector<bool>& overwritten = {},
          Crew* crew = nullptr);

  void zero_grad();
  /// One update with the gradients accumulated since zero_grad(). Returns the gradient norm before clipping.
  double step(double lr);

  const at::Tensor& momentum() const { return momentum_; }  ///< float32 [all weights]; write to it to restore

 private:
  SgdOptions options_;
  std::vector<at::Tensor> added_to_;  // stretches of the gradients that zero_grad() is about
  FlatParameters flat_;
  Crew* crew_;
  at::Tensor momentum_;
};

}  // namespace packrat
