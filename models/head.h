#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/topology/heads.h"
#include "models/state_dict.h"

namespace packrat {

/// How convolutions on maps of at most 2x2 are computed. Both forms are the same function of the same state
/// dict.
enum class HeadForm {
  kMatrix,  ///< matrix products over the live taps only: many times faster
  kPlain,   ///< convolutions
};

/// What the head is made from; see head_network(). in_shape must be what the layers in front of it give.
struct HeadSpec {
  std::string kind = "resnet34";  ///< one of head_kinds()
  Cut after;  ///< none: the whole network, stem included. An mlp has no blocks and takes any shape.
  Shape3 in_shape{3, 32, 32};
  int classes = 10;
  HeadForm form = HeadForm::kMatrix;
  std::int64_t hidden = 512;  ///< width of an mlp_bn's layers
  double dropout = 0;         ///< share of their outputs that is left out of a training step, below 1
  bool prior = false;         ///< other logits are added, and the last layer starts at zero
};

class HeadModule;
struct TinyTraining;

/// The part that is trained, from feature maps to one logit per class: head_network(), running. Move-only.
class Head {
 public:
  explicit Head(std::shared_ptr<HeadModule> module);
  Head(Head&&) noexcept = default;
  Head& operator=(Head&&) noexcept = default;

  /// maps: float32 [B, C, H, W] of spec().in_shape, on the head's device. Returns logits, float32 [B,
  /// classes]; differentiable. B >= 2 while training, as batch norm needs.
  at::Tensor forward(const at::Tensor& maps);
  /// Of a head with spec().prior: the logits plus prior_scale() times those given, [B, classes].
  at::Tensor forward(const at::Tensor& maps, const at::Tensor& prior);
  /// A trained number above 0, 1 at first.
  double prior_scale() const;
  /// The trained tensors, leaves with requires_grad, in a fixed order. Their data and grads may be re-pointed
  /// (set_data, mutable_grad).
  std::vector<at::Tensor> parameters() const;
  /// Batch norms use and update batch statistics (true, the state after make_head) or use the running ones.
  void train(bool on);
  /// How its products on tiny maps are computed while it trains: see TinyTraining. The crew must outlive the
  /// training. Returns which of parameters() have gradients that are written over, once their grads are
  /// defined.
  std::vector<bool> train_with(const TinyTraining& training);
  /// What the next forward() in training leaves out by dropout: the same on every device.
  void seed_dropout(std::uint64_t seed);
  void to(c10::Device device);
  const HeadSpec& spec() const;
  /// Bytes of all tensors held, taps that are never trained included.
  std::int64_t held_bytes() const;

 private:
  friend StateDict head_state(const Head& head);
  friend void load_head_state(Head& head, const StateDict& state);
  std::shared_ptr<HeadModule> module_;
};

/// A head with fresh weights: convolutions Kaiming normal, linear layers uniform, batch norms 1 and 0. The
/// weights depend on the seed and each tensor's name only, so both forms, and heads behind different cuts,
/// start from the same numbers. UserError when spec.in_shape does not fit.
Head make_head(const HeadSpec& spec, std::uint64_t seed);

/// Copies of all tensors, on the CPU, under torchvision's names and shapes ("layer4.0.conv1.weight" is [512,
/// 256, 3, 3] in both forms).
StateDict head_state(const Head& head);

/// Reads what head_state() gave, in place: parameters() stay the same tensors. UserError names missing,
/// mis-shaped and extra tensors.
void load_head_state(Head& head, const StateDict& state);

}  // namespace packrat
