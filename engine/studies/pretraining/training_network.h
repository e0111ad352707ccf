#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/studies/pretraining/training_layers.h"
#include "engine/topology/fused.h"
#include "models/state_dict.h"

namespace packrat {

/// A tensor that is trained, in the layout and in the types of training.
struct TrainedTensor {
  std::string name;     ///< torchvision's: "layer1.0.conv1.weight"
  at::Tensor master;    ///< float32: convolutions [out, live taps x in], the others as torchvision has them
  at::Tensor momentum;  ///< float32, of the same shape
  /// what the network computes with: convolutions in the compute type, else the master itself
  at::Tensor working;
  /// convolutions on tiny maps: the columns of taps that meet only padding; never trained
  at::Tensor dead;
};

/// A whole network of plain convolutions for square images, in training: its structure and its weights.
/// Copies of it train side by side, see replica().
class TrainingNetwork {
 public:
  /// compute_type: float32 or bfloat16, the type of maps and convolutions; batch norms' parameters, the last
  /// layer and all sums are float32. UserError names tensors of `state` that are missing or do not fit, and
  /// refuses networks that are none of fused_layers().
  TrainingNetwork(const Network& network, const StateDict& state, at::ScalarType compute_type);

  TrainingNetwork(const TrainingNetwork&) = delete;
  TrainingNetwork& operator=(const TrainingNetwork&) = delete;

  /// What one part of a batch is computed with: the weights, shared; gradients and running moments, its
  /// own.
  struct Replica {
    std::vector<at::Tensor> leaves;  ///< tensors()[i].working, with a gradient of its own
    std::vector<RunningMoments> running;
  };
  Replica replica() const;

  /// images [B, 32, 32, 3] of the compute type -> logits float32 [B, classes]. Differentiable in the leaves
  /// when `training`; else it has no gradient and leaves the replica as it is.
  at::Tensor forward(Replica& replica, const at::Tensor& images, bool training) const;

  std::vector<TrainedTensor>& tensors() { return tensors_; }
  std::vector<RunningMoments>& running() { return running_; }
  at::ScalarType compute_type() const { return compute_type_; }

  /// All tensors under torchvision's names and shapes, float32; `batches`: the counter that every batch norm
  /// holds.
  StateDict state(std::int64_t batches) const;

 private:
  // A fused layer: a convolution and its batch norm, whose tensors are three in a row (weight, gamma, beta),
  // or the linear layer at the end (weight, bias).
  struct Step {
    FusedLayer fused;
    std::optional<TrainingConvolution> place;
    std::size_t first_tensor, moments;
  };

  void add_convolution(Step& step, const StateDict& state, StateProblems& problems);
  void add_linear(const Layer& layer, const StateDict& state, StateProblems& problems);
  void add_float(const std::string& name, const at::Tensor& value);
  at::Tensor run(const Step& step, Replica& replica, const at::Tensor& maps, bool training,
                 const at::Tensor& residual) const;
  void append_layer(StateDict& state, const Step& step, std::int64_t batches) const;

  at::ScalarType compute_type_;
  std::vector<TrainedTensor> tensors_;
  std::vector<RunningMoments> running_;
  std::vector<Step> steps_;      // as they run
  std::vector<Step*> in_order_;  // as torchvision lists them
};

}  // namespace packrat
