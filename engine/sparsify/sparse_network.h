#pragma once
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "engine/sparsify/sparse_layer.h"
#include "models/state_dict.h"

namespace packrat {

/// A layer and what follows it.
struct PlannedLayer {
  LayerShape shape;
  bool relu = false;
  std::int64_t pool = 1;  ///< side of the windows over which the ReLU is averaged
};

/// A network that can be sparsified.
struct NetworkPlan {
  std::string name, summary;
  /// The layers for images of [channels, side, side].
  std::function<std::vector<PlannedLayer>(std::array<std::int64_t, 3> image, std::int64_t classes)> layers;
};

/// The one table: simpleconv, twolayerdense.
const std::vector<NetworkPlan>& network_plans();

/// UserError lists the names there are.
const NetworkPlan& find_network_plan(const std::string& name);

/// The layers of a plan, over one number field; see sparse_layer.h for the stages. Of complex networks images
/// are the real part of the input, and logits that of the output.
class SparseNetwork {
 public:
  /// UserError when the images are too small for the plan.
  SparseNetwork(const NetworkPlan& plan, std::array<std::int64_t, 3> image, std::int64_t classes,
                NumberField field, const Rng& rng);

  /// images: float32 [N, channels, side, side]. Returns logits [N, classes]. noise: null for evaluation.
  at::Tensor forward(const at::Tensor& images, Rng* noise) const;

  void begin_relevance();
  /// Masks by layer, as relevance_masks() gives them.
  void begin_masked(const std::vector<at::Tensor>& masks);
  std::vector<at::Tensor> relevance_masks(double threshold) const;

  double penalty_sum(Penalty penalty) const;
  void add_penalty_gradient(Penalty penalty, float scale);

  std::vector<at::Tensor> weights() const;     ///< means and biases, in the order of the layers
  std::vector<at::Tensor> log_sigma2() const;  ///< empty before begin_relevance()
  std::vector<at::Tensor> masks() const;       ///< empty before begin_masked()
  SparsityCount count(const std::vector<at::Tensor>& masks) const;  ///< no masks: nothing is dropped

  /// Copies under the names "LAYER.weight", ".bias", ".log_sigma2", ".mask", as far as they exist.
  StateDict state() const;
  /// Brings the network to the stage of `state` and takes its values. UserError says what does not fit.
  void load(const StateDict& state);

 private:
  struct Step {
    SparseLayer layer;
    bool relu;
    std::int64_t pool;
  };
  NumberField field_;
  std::int64_t classes_;
  std::vector<Step> steps_;
};

}  // namespace packrat
