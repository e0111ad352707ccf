#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/studies/sparsify/compression.h"
#include "engine/studies/sparsify/network_plans.h"
#include "models/state_dict.h"

namespace packrat {

/// Batch normalisation (Ioffe and Szegedy, ICML 2015) behind a layer, real. Scale and shift are parameters
/// that are never dropped; the running statistics are none.
class BatchNorm {
 public:
  BatchNorm(NormShape shape, std::int64_t channels);

  /// x: float32 [N, channels] or [N, channels, height, width]. Training normalises by the batch and moves the
  /// running statistics (momentum 0.1), which evaluation normalises by; so does a batch of one value a
  /// channel, which has no variance.
  at::Tensor forward(const at::Tensor& x, bool training) const;

  std::vector<at::Tensor> trained() const { return {scale_, shift_}; }
  /// "NAME.weight", ".bias", ".running_mean" and ".running_var", float32 [channels], as they are.
  StateDict tensors() const;
  std::vector<TensorCount> count() const;

 private:
  NormShape shape_;
  at::Tensor scale_, shift_, mean_, variance_;
};

}  // namespace packrat
