#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "engine/studies/sparsify/batch_norm.h"
#include "engine/studies/sparsify/network_plans.h"
#include "engine/studies/sparsify/sparse_layer.h"
#include "models/state_dict.h"

namespace packrat {

/// The layers of a plan, over one number field; see sparse_layer.h for the stages. Of complex networks images
/// are the real part of the input, and logits that of the output.
class SparseNetwork {
 public:
  /// UserError when the images are too small for the plan, and for complex batch norms.
  SparseNetwork(const NetworkPlan& plan, std::array<std::int64_t, 3> image, std::int64_t classes,
                NumberField field, const Rng& rng);

  /// images: float32 [N, channels, side, side]. Returns logits [N, classes]. noise: null for evaluation, for
  /// which batch norms use their running statistics; with it they use the batch's and update them.
  at::Tensor forward(const at::Tensor& images, Rng* noise) const;

  void begin_relevance();
  /// Masks by layer, as relevance_masks() gives them.
  void begin_masked(const std::vector<at::Tensor>& masks);
  std::vector<at::Tensor> relevance_masks(double threshold) const;

  double penalty_sum(Penalty penalty) const;
  void add_penalty_gradient(Penalty penalty, float scale);

  std::vector<at::Tensor> weights() const;  ///< means, biases and of batch norms, in the order of the layers
  std::vector<at::Tensor> log_sigma2() const;                       ///< empty before begin_relevance()
  std::vector<at::Tensor> masks() const;                            ///< empty before begin_masked()
  SparsityCount count(const std::vector<at::Tensor>& masks) const;  ///< no masks: nothing is dropped

  /// Copies under the names "LAYER.weight", ".bias", ".log_sigma2", ".mask", as far as they exist, each
  /// layer's batch norm (batch_norm.h) behind it.
  StateDict state() const;
  /// Brings the network to the stage of `state` and takes its values. UserError says what does not fit.
  void load(const StateDict& state);

 private:
  struct Step {
    PlannedLayer planned;
    SparseLayer layer;
    std::optional<BatchNorm> norm;
  };
  void add_step(PlannedLayer planned, const Rng& rng);
  void load_layer(SparseLayer& layer, const StateDict& state, StateProblems& problems);

  NumberField field_;
  std::int64_t classes_;
  std::vector<Step> steps_;
};

}  // namespace packrat
