#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "models/pretraining/training_layers.h"
#include "models/resnet.h"
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

/// A whole ResNet for 32x32 images, in training: its structure and its weights. Copies of it train side by
/// side, see replica().
class TrainingNetwork {
 public:
  /// compute_type: float32 or bfloat16, the type of maps and convolutions; batch norms' parameters, the last
  /// layer and all sums are float32. UserError names tensors of `state` that are missing or do not fit.
  TrainingNetwork(Architecture architecture, std::int64_t classes, const StateDict& state,
                  at::ScalarType compute_type);

  /// What one part of a batch is worked out with: the weights, shared; gradients and running moments, its
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
  // A convolution and the batch norm behind it. Its tensors are three in a row: weight, gamma, beta.
  struct Layer {
    std::string convolution, norm;
    TrainingConvolution place;
    std::size_t first_tensor, moments;
  };
  struct Block {
    Layer first, second;
    std::optional<Layer> shortcut;
  };

  Layer add_layer(const std::string& convolution, const std::string& norm, TrainingConvolution place,
                  const StateDict& state, StateProblems& problems);
  at::Tensor run(const Layer& layer, Replica& replica, const at::Tensor& maps, bool training,
                 const at::Tensor& residual, bool relu) const;
  void append_layer(StateDict& state, const Layer& layer, std::int64_t batches) const;

  at::ScalarType compute_type_;
  std::vector<TrainedTensor> tensors_;
  std::vector<RunningMoments> running_;
  std::optional<Layer> stem_;
  std::vector<Block> blocks_;
};

}  // namespace packrat
