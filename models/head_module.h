#pragma once
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <optional>

#include "models/head.h"
#include "models/live_taps.h"

namespace packrat {

/// A batch of feature maps on its way through the head, as images [B, C, H, W] or, when they are tiny, as
/// positions [B, H*W, C].
struct Maps {
  at::Tensor data;
  std::int64_t height = 0, width = 0;
  bool by_position = false;

  Maps as_images() const;
  Maps as_positions() const;
};

/// A k x k convolution without bias, padding k/2, on maps of a fixed size; a plain one, or on tiny maps
/// products over the live taps.
class ConvolutionModule : public torch::nn::Module {
 public:
  struct Places {
    std::int64_t in, out, kernel, stride, height, width;
  };
  ConvolutionModule(Places places, HeadForm form);

  Maps forward(const Maps& maps) const;
  Shape3 out_shape() const;

  std::vector<std::int64_t> kernel_shape() const {
    return {places_.out, places_.in, places_.kernel, places_.kernel};
  }
  /// The weight as torchvision has it, [out, in, k, k]; a copy, without gradient.
  at::Tensor kernel() const;
  void set_kernel(const at::Tensor& kernel);

 private:
  Places places_;
  std::optional<LiveTaps> taps_;  // only when the maps are tiny and the form is kMatrix
  at::Tensor weight_;             // parameter: [out, in, k, k], or the live taps' columns [out, taps * in]
  at::Tensor dead_;               // buffer, tiny only: the other taps' columns, as they were initialised
};

/// Two 3x3 convolutions with batch norms, and a residual connection around them.
class BasicBlockModule : public torch::nn::Module {
 public:
  BasicBlockModule(const BasicBlockPlace& place, std::int64_t height, std::int64_t width, HeadForm form);
  Maps forward(const Maps& maps);
  Shape3 out_shape() const { return conv2_->out_shape(); }

 private:
  std::shared_ptr<ConvolutionModule> conv1_, conv2_, shortcut_;
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr}, shortcut_bn_{nullptr};
};

/// What logits from elsewhere are multiplied by, as its logarithm: "prior.log_scale".
class PriorScaleModule : public torch::nn::Module {
 public:
  PriorScaleModule() { log_scale_ = register_parameter("log_scale", at::zeros({1})); }
  at::Tensor value() const { return log_scale_.exp(); }

 private:
  at::Tensor log_scale_;
};

/// What a Head holds.
class HeadModule : public torch::nn::Module {
 public:
  explicit HeadModule(const HeadSpec& spec);
  virtual at::Tensor forward(const at::Tensor& maps) = 0;
  virtual void seed_dropout(std::uint64_t /*seed*/) {}
  const HeadSpec& spec() const { return spec_; }
  at::Tensor prior_scale() const { return prior_->value(); }
  /// Makes the last layer's output zero.
  virtual void clear_last();

 protected:
  /// The last two layers: linear without bias, batch norm on the logits.
  void add_classifier(std::int64_t in);
  at::Tensor classify(const at::Tensor& features) { return fc_bn_(fc_(features)); }

 private:
  HeadSpec spec_;
  std::shared_ptr<PriorScaleModule> prior_;  // null without spec().prior
  torch::nn::Linear fc_{nullptr};
  torch::nn::BatchNorm1d fc_bn_{nullptr};
};

class ResNetHeadModule : public HeadModule {
 public:
  explicit ResNetHeadModule(const HeadSpec& spec);
  at::Tensor forward(const at::Tensor& maps) override;

 private:
  Shape3 add_stem();
  void add_block(const BasicBlockPlace& place, std::int64_t height, std::int64_t width);

  std::shared_ptr<ConvolutionModule> conv1_;
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::vector<std::shared_ptr<BasicBlockModule>> blocks_;
};

class MlpHeadModule : public HeadModule {
 public:
  explicit MlpHeadModule(const HeadSpec& spec);
  at::Tensor forward(const at::Tensor& maps) override;

 private:
  torch::nn::Linear hidden1_{nullptr}, hidden2_{nullptr};
};

class NormMlpHeadModule : public HeadModule {
 public:
  explicit NormMlpHeadModule(const HeadSpec& spec);
  at::Tensor forward(const at::Tensor& maps) override;
  void clear_last() override;
  void seed_dropout(std::uint64_t seed) override { generator_.set_current_seed(seed); }

 private:
  at::Tensor dropped(const at::Tensor& values);

  torch::nn::BatchNorm1d norm_{nullptr}, norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Linear hidden1_{nullptr}, hidden2_{nullptr}, fc_{nullptr};
  at::Generator generator_ = at::detail::createCPUGenerator();
};

}  // namespace packrat
