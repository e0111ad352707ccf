#pragma once
#include <array>

#include "engine/topology/builder.h"

namespace packrat {

/// Basic blocks of each of the four stages of ResNet-18 and ResNet-34.
inline constexpr std::array<int, 4> kResNet18Blocks{2, 2, 2, 2}, kResNet34Blocks{3, 4, 6, 3};

/// What tells one residual network from another.
struct ResidualDesign {
  std::array<int, 4> blocks;
  bool bottleneck = false;  ///< 1x1, 3x3, 1x1 convolutions, four times wider at the end; else two 3x3
  std::int64_t groups = 1, width_per_group = 64;  ///< of the bottleneck's 3x3 convolution
  bool folded = false;  ///< batch norms folded into the convolutions, which then have biases
};

/// Where a residual network begins and ends: half-blocks behind the stem. 2 s is the end of stage s, 2 s - 1
/// the end of its first block; 0 is the image, before the stem.
struct ResidualPart {
  int from = 0, to = 8;
};

/// Stem and blocks of that part, under torchvision's names.
Node residual_layers(NetworkBuilder& b, const ResidualDesign& design, ResidualPart part, Node in);

}  // namespace packrat
