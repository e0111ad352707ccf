#pragma once
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <optional>

#include "models/head.h"
#include "models/live_taps.h"
#include "models/schedule.h"
#include "models/tiny_convolution.h"

namespace packrat {

/// A batch of feature maps on its way through a network: images [B, C, H, W], vectors [B, C], or, when maps
/// are tiny, positions [B, H*W, C].
struct Maps {
  at::Tensor data;
  std::int64_t height = 0, width = 0;
  bool by_position = false;

  Maps as_images() const;
  Maps as_positions() const;
};

/// A convolution without bias on maps of a fixed size; a plain one, or on tiny maps products over the live
/// taps.
class ConvolutionModule : public torch::nn::Module {
 public:
  ConvolutionModule(const Layer& layer, HeadForm form);

  Maps forward(const Maps& maps) const;

  /// Has an effect on tiny maps alone: returns whether it has.
  bool train_with(const TinyTraining& training);
  const at::Tensor& weight() const { return weight_; }

  /// [out, in / groups, k, k].
  const std::vector<std::int64_t>& kernel_shape() const { return kernel_shape_; }
  /// The weight as torchvision has it; a copy, without gradient.
  at::Tensor kernel() const;
  void set_kernel(const at::Tensor& kernel);

 private:
  Layer layer_;
  std::vector<std::int64_t> kernel_shape_;
  TinyTraining training_;
  std::optional<LiveTaps> taps_;  // only when the maps are tiny and the form is kMatrix
  at::Tensor weight_;             // parameter: of kernel_shape(), or the live taps' columns [out, taps * in]
  at::Tensor dead_;               // buffer, tiny only: the other taps' columns, as they were initialised
};

/// Runs a described network, for training too. Its children have the layers' names, so that its parameters
/// and buffers have torchvision's.
class NetworkModule : public torch::nn::Module {
 public:
  /// dropout: share of values that its dropout layers leave out of a training step.
  NetworkModule(const Network& network, double dropout);
  /// To be called once: makes the layers, which become children behind those that are there already.
  /// std::logic_error for layers that it cannot run.
  void add_layers(HeadForm form);

  /// in: float32 [B, C, H, W] of the network's input. Differentiable.
  at::Tensor run(const at::Tensor& in);
  /// What the next run() in training leaves out by dropout: the same on every device.
  void seed_dropout(std::uint64_t seed) { generator_.set_current_seed(seed); }
  /// How its tiny convolutions are trained. Returns the weights for which this holds.
  std::vector<at::Tensor> train_with(const TinyTraining& training);
  /// Makes the output of the last layer, a linear one or its batch norm, zero.
  void clear_last();

 private:
  // What a layer computes with, by its kind.
  struct Parts {
    std::shared_ptr<ConvolutionModule> convolution;
    torch::nn::BatchNorm2d map_norm{nullptr};
    torch::nn::BatchNorm1d vector_norm{nullptr};
    torch::nn::Linear linear{nullptr};
  };
  Parts add_parts(const Layer& layer, HeadForm form);
  template <typename Child>
  Child add_child(const std::string& name, Child child);
  Maps compute(const Turn& turn, std::vector<Maps>& values);
  Maps dropped(const Maps& maps);

  // Whether the layer's input has no positions any more: [B, C].
  bool takes_vectors(const Layer& layer) const;

  Network network_;
  double dropout_;
  std::vector<Turn> turns_;
  std::vector<Parts> parts_;  // by layer
  at::Generator generator_ = at::detail::createCPUGenerator();
};

}  // namespace packrat
