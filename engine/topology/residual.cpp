#include <fmt/format.h>

#include <array>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

/// What tells one residual network from another.
struct ResidualDesign {
  std::array<int, 4> blocks;  ///< of each of the four stages
  bool bottleneck = false;    ///< 1x1, 3x3, 1x1 convolutions, four times wider at the end; else two 3x3
  std::int64_t groups = 1, width_per_group = 64;  ///< of the bottleneck's 3x3 convolution
};

/// A convolution that keeps the map's size but for its stride, and its batch norm.
Node normed_convolution(NetworkBuilder& b, const std::string& convolution, const std::string& norm, Node in,
                        ConvolutionSpec spec) {
  spec.with_padding({spec.kernel.height / 2, spec.kernel.width / 2});
  return b.batch_norm(norm, b.convolution(convolution, in, spec));
}

Node block(NetworkBuilder& b, const ResidualDesign& design, const std::string& name, Node in,
           std::int64_t planes, std::int64_t stride) {
  const std::int64_t width =
      design.bottleneck ? planes * design.width_per_group / 64 * design.groups : planes;
  const std::int64_t out = design.bottleneck ? 4 * planes : planes;
  const auto convolve = [&](int place, Node x, const ConvolutionSpec& spec) {
    return normed_convolution(b, fmt::format("{}.conv{}", name, place), fmt::format("{}.bn{}", name, place),
                              x, spec);
  };
  const auto wide = ConvolutionSpec(width, 3).with_stride(stride).with_groups(design.groups);
  Node x = convolve(1, in, design.bottleneck ? ConvolutionSpec(width, 1) : wide);
  x = convolve(2, b.relu(name + ".relu1", x), design.bottleneck ? wide : ConvolutionSpec(out, 3));
  if (design.bottleneck) x = convolve(3, b.relu(name + ".relu2", x), ConvolutionSpec(out, 1));
  Node residual = in;
  if (stride != 1 || b.shape(in).channels != out)
    residual = normed_convolution(b, name + ".downsample.0", name + ".downsample.1", in,
                                  ConvolutionSpec(out, 1).with_stride(stride));
  return b.relu(name + ".relu", b.add(name + ".add", x, residual));
}

struct ResidualRow {
  const char* name;
  ResidualDesign design;
  const char* encoder = "";  ///< what --encoder calls it
};

/// Behind each stage, and behind the first block of the last two.
const std::vector<CutPoint>& residual_cuts() {
  static const std::vector<CutPoint> cuts{{"1", "layer1"}, {"2", "layer2"},     {"2.5", "layer3.0"},
                                          {"3", "layer3"}, {"3.5", "layer4.0"}, {"4", "layer4"}};
  return cuts;
}

// He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016 (stride in the 3x3
// convolution); Xie et al.: Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017;
// Zagoruyko, Komodakis: Wide Residual Networks, BMVC 2016.
constexpr ResidualRow kResidualRows[] = {
    {"resnet18", {{2, 2, 2, 2}}, "cutr"},
    {"resnet34", {{3, 4, 6, 3}}, "cutr34"},
    {"resnet50", {{3, 4, 6, 3}, true}},
    {"resnet101", {{3, 4, 23, 3}, true}},
    {"resnet152", {{3, 8, 36, 3}, true}},
    {"resnext50_32x4d", {{3, 4, 6, 3}, true, 32, 4}},
    {"resnext101_32x8d", {{3, 4, 23, 3}, true, 32, 8}},
    {"wide_resnet50_2", {{3, 4, 6, 3}, true, 1, 128}},
    {"wide_resnet101_2", {{3, 4, 23, 3}, true, 1, 128}},
};

Network resnet(const ResidualRow& row, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(row.name, input);
  Node x = normed_convolution(b, "conv1", "bn1", kNetworkInput, ConvolutionSpec(64, 7).with_stride(2));
  x = b.max_pool("maxpool", b.relu("relu", x), {3, 2, 1});
  for (int stage = 1; stage <= 4; ++stage)
    for (int index = 0; index < row.design.blocks[static_cast<std::size_t>(stage - 1)]; ++index)
      x = block(b, row.design, fmt::format("layer{}.{}", stage, index), x, std::int64_t{64} << (stage - 1),
                stage > 1 && index == 0 ? 2 : 1);
  x = b.adaptive_average_pool("avgpool", x, 1);
  b.linear("fc", x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> residual_networks() {
  std::vector<NetworkInfo> rows;
  for (const ResidualRow& row : kResidualRows) {
    rows.push_back(torchvision_row(row.name, [&row](const MapShape& input, std::int64_t classes) {
      return resnet(row, input, classes);
    }));
    if (*row.encoder != '\0') make_encoder(rows.back(), row.encoder, residual_cuts(), /*ships=*/true);
  }
  return rows;
}

}  // namespace packrat
