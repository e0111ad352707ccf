#pragma once
#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include <array>
#include <string>
#include <vector>

#include "engine/topology/backbone.h"
#include "models/initial_weights.h"

namespace packrat {

/// One basic block: two 3x3 convolutions, the first with `stride`, and a residual connection around them.
struct BlockPlace {
  int stage;  ///< 1..4
  int index;  ///< within the stage
  std::int64_t in_channels, out_channels, stride;
  bool has_downsample() const { return stride != 1 || in_channels != out_channels; }
};

/// The basic blocks of resnet18 or resnet34 up to a cut, written out without the engine's descriptions.
inline std::vector<BlockPlace> reference_blocks(const std::string& name, const std::string& cut) {
  const std::array<int, 4> counts =
      name == "resnet18" ? std::array<int, 4>{2, 2, 2, 2} : std::array<int, 4>{3, 4, 6, 3};
  const double end = std::stod(cut);
  std::vector<BlockPlace> blocks;
  for (int stage = 1; stage <= 4; ++stage)
    for (int index = 0; index < counts[static_cast<std::size_t>(stage - 1)]; ++index) {
      if (stage - (index == 0 ? 0.5 : 0) > end) continue;
      const std::int64_t out = 64 << (stage - 1);
      const bool widens = stage > 1 && index == 0;
      blocks.push_back({stage, index, widens ? out / 2 : out, out, widens ? 2 : 1});
    }
  return blocks;
}

/// A basic block the way torchvision writes it: convolution, batch norm, ReLU as separate LibTorch modules.
class ReferenceBlock : public torch::nn::Module {
 public:
  explicit ReferenceBlock(const BlockPlace& place) {
    const auto convolution = [](std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
      return torch::nn::Conv2d(
          torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
    };
    const std::int64_t in = place.in_channels, out = place.out_channels;
    conv1 = register_module("conv1", convolution(in, out, 3, place.stride));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(out));
    conv2 = register_module("conv2", convolution(out, out, 3, 1));
    bn2 = register_module("bn2", torch::nn::BatchNorm2d(out));
    if (place.has_downsample())
      downsample = register_module("downsample", torch::nn::Sequential(convolution(in, out, 1, place.stride),
                                                                       torch::nn::BatchNorm2d(out)));
  }
  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = bn2(conv2(at::relu(bn1(conv1(x)))));
    return at::relu(y + (downsample ? downsample->forward(x) : x));
  }

 private:
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  torch::nn::Sequential downsample{nullptr};
};

/// The plain, unfolded ResNet up to a cut: what the encoder and the head are compared with.
class ReferenceResNet : public torch::nn::Module {
 public:
  ReferenceResNet(const Backbone& backbone, const Cut& cut) {
    conv1 = register_module(
        "conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 64, 7).stride(2).padding(3).bias(false)));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(64));
    for (const BlockPlace& place : reference_blocks(backbone.name(), cut.text())) {
      if (place.index == 0)
        stages.push_back(register_module("layer" + std::to_string(place.stage), torch::nn::Sequential()));
      stages.back()->push_back(std::make_shared<ReferenceBlock>(place));
    }
  }
  at::Tensor forward(const at::Tensor& images) {
    at::Tensor x = at::max_pool2d(at::relu(bn1(conv1(images))), 3, 2, 1);
    for (auto& stage : stages) x = stage->forward(x);
    return x;
  }
  /// Takes the tensors it has names for.
  void load(const StateDict& state) {
    const at::NoGradGuard no_grad;
    const auto copy = [&](auto named) {
      for (auto& item : named) item.value().copy_(*find_tensor(state, item.key()));
    };
    copy(named_parameters());
    copy(named_buffers());
  }

 private:
  torch::nn::Conv2d conv1{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr};
  std::vector<torch::nn::Sequential> stages;
};

/// Batch norms that are not the identity, so that folding them, or mixing them up, shows: statistics and
/// affine drawn from `rng`.
inline void scramble_batch_norms(StateDict& state, const Rng& rng) {
  for (auto& [name, tensor] : state) {
    if (tensor.dim() != 1 || name == "fc.bias") continue;
    Rng stream = rng.fork(name);
    const bool positive =
        name.find("running_var") != std::string::npos || name.find(".weight") != std::string::npos;
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      tensor.data_ptr<float>()[i] =
          static_cast<float>(positive ? 0.5 + stream.uniform() : 0.3 * stream.normal());
  }
}

}  // namespace packrat
