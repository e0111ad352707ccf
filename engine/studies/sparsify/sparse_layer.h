#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "engine/core/rng.h"
#include "engine/studies/sparsify/compression.h"
#include "engine/studies/sparsify/layer_shape.h"
#include "engine/studies/sparsify/penalty_kernel.h"

namespace packrat {

/// One layer through the three stages of sparsification: first deterministic; then each weight is a normal
/// distribution with mean `weight` and log variance `log_sigma2` (begin_relevance); then some weights are 0
/// for good (begin_masked).
///
/// While distributions are learned, forward() with noise draws the outputs, not the weights (local
/// reparametrisation, Kingma et al. 2015): y = W x + b + e sqrt(max(v, 1e-8)), v = exp(ls2) * |x|^2 with the
/// same linear map, e ~ N(0, 1) for every output; of complex layers e ~ CN(0, 1), each part N(0, 1/2).
/// Without noise y = W x + b.
class SparseLayer {
 public:
  /// PyTorch's default initialisation: weights and biases uniform within 1/sqrt(fan_in). Complex weights have
  /// half that variance in each part; biases as real ones.
  SparseLayer(const LayerShape& shape, const Rng& rng);

  const LayerShape& shape() const { return shape_; }
  at::Tensor weight() const {
    return weight_;
  }  ///< [outputs, inputs(, k, k)]; complex: [2, outputs, inputs(, k, k)]
  at::Tensor bias() const { return bias_; }  ///< [parts * outputs]; constant zeros for a shape without
  at::Tensor log_sigma2() const { return log_sigma2_; }  ///< [outputs, inputs(, k, k)]; undefined before
  at::Tensor mask() const { return mask_; }              ///< the same, of 0 and 1; undefined before

  /// x: float32 [N, parts * inputs] or [N, parts * inputs, height, width]; real numbers, without imaginary
  /// parts, are taken by complex layers, too. noise: null for evaluation.
  at::Tensor forward(const at::Tensor& x, Rng* noise) const;

  /// Weights become means of distributions with log variance -10.
  void begin_relevance();
  /// Drops log_sigma2; weights whose mask is 0 become 0 and stay so.
  void begin_masked(const at::Tensor& mask);
  /// Which weights differ from noise: 1 where log_alpha <= threshold. After begin_relevance().
  at::Tensor relevance_mask(double threshold) const;

  /// Sum over the weights, and its gradient times `scale` added to the gradients, which must exist. After
  /// begin_relevance().
  double penalty_sum(Penalty penalty) const;
  void add_penalty_gradient(Penalty penalty, float scale);

  /// "NAME.weight" and, if there is one, "NAME.bias", for a mask; an undefined mask drops nothing.
  std::vector<TensorCount> count(const at::Tensor& mask) const;

 private:
  PenaltyWeights penalty_weights() const;

  LayerShape shape_;
  at::Tensor weight_, bias_, log_sigma2_, mask_;
};

}  // namespace packrat
