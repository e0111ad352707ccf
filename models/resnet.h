#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/rng.h"
#include "models/state_dict.h"

namespace packrat {

/// ResNets of basic blocks (He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016,
/// table 1).
enum class Architecture { kResNet18, kResNet34 };

/// "resnet18" or "resnet34"; UserError on anything else.
Architecture parse_architecture(std::string_view text);
std::string_view architecture_name(Architecture architecture);

/// Where a ResNet is cut in two: after one of its four blocks, or after the first basic block of block 3 or 4
/// (2.5, 3.5), or nowhere.
class Cut {
 public:
  constexpr Cut() = default;  ///< none
  /// "1", "2", "2.5", "3", "3.5", "4"; "0" and "none" mean no cut. UserError on anything else.
  static Cut parse(std::string_view text);
  /// Every cut there is, none left out.
  static std::vector<Cut> all();
  static constexpr Cut none() { return Cut(); }
  /// The end of the convolutional part.
  static constexpr Cut last() { return Cut(8); }

  constexpr bool is_none() const { return half_blocks_ == 0; }
  /// Twice the block number: 5 for "2.5", 0 for none.
  constexpr int half_blocks() const { return half_blocks_; }
  /// What parse() reads: "2.5", "none".
  std::string text() const;

  friend constexpr bool operator==(Cut a, Cut b) { return a.half_blocks_ == b.half_blocks_; }
  friend constexpr bool operator!=(Cut a, Cut b) { return !(a == b); }

 private:
  explicit constexpr Cut(int half_blocks) : half_blocks_(half_blocks) {}
  int half_blocks_ = 0;
};

/// Channels, height, width.
using Shape3 = std::array<std::int64_t, 3>;

/// Shape of the maps after `cut` for one input image; the image's own shape when there is no cut. The same
/// for both architectures.
Shape3 output_shape(Cut cut, Shape3 image = {3, 32, 32});

/// One basic block: two 3x3 convolutions, the first with `stride`, and a residual connection around them.
struct BasicBlockPlace {
  int stage = 1;  ///< 1..4, torchvision's "layer" number
  int index = 0;  ///< within the stage
  std::int64_t in_channels = 0, out_channels = 0;
  std::int64_t stride = 1;
  /// "layer3.0"
  std::string name() const;
  /// Whether the residual connection holds a 1x1 convolution.
  bool has_downsample() const { return stride != 1 || in_channels != out_channels; }
};

/// The basic blocks from one cut (none: from the first) up to another, in order.
std::vector<BasicBlockPlace> basic_blocks(Architecture architecture, Cut from, Cut to);

/// Fresh convolution weights [out, in, k, k], float32: normal with standard deviation sqrt(2 / (out k k)) (He
/// et al., ICCV 2015, fan out, as torchvision). The numbers depend on the generator's seed and the tensor's
/// name only.
at::Tensor initial_convolution(const Rng& rng, std::string_view name, at::IntArrayRef shape);

/// Fresh weights or biases of a linear layer, float32: uniform within +-1/sqrt(fan_in), LibTorch's default.
at::Tensor initial_linear(const Rng& rng, std::string_view name, at::IntArrayRef shape, std::int64_t fan_in);

/// A freshly initialised network under torchvision's names, all tensors, fc.weight and fc.bias included.
StateDict initial_resnet(Architecture architecture, std::int64_t classes, const Rng& rng);

}  // namespace packrat
