#include "engine/topology/residual.h"

#include <fmt/format.h>

#include "engine/topology/families.h"

namespace packrat {
namespace {

/// A convolution that keeps the map's size but for its stride, and its batch norm, folded or not.
Node normed_convolution(NetworkBuilder& b, const ResidualDesign& design, const std::string& convolution,
                        const std::string& norm, Node in, ConvolutionSpec spec) {
  spec.with_padding({spec.kernel.height / 2, spec.kernel.width / 2});
  if (design.folded) return b.convolution(convolution, in, spec.with_bias());
  return b.batch_norm(norm, b.convolution(convolution, in, spec));
}

Node stem(NetworkBuilder& b, const ResidualDesign& design, Node in) {
  const Node x = normed_convolution(b, design, "conv1", "bn1", in, ConvolutionSpec(64, 7).with_stride(2));
  return b.max_pool("maxpool", b.relu("relu", x), {3, 2, 1});
}

Node block(NetworkBuilder& b, const ResidualDesign& design, const std::string& name, Node in,
           std::int64_t planes, std::int64_t stride) {
  const std::int64_t width =
      design.bottleneck ? planes * design.width_per_group / 64 * design.groups : planes;
  const std::int64_t out = design.bottleneck ? 4 * planes : planes;
  const auto convolve = [&](int place, Node x, const ConvolutionSpec& spec) {
    return normed_convolution(b, design, fmt::format("{}.conv{}", name, place),
                              fmt::format("{}.bn{}", name, place), x, spec);
  };
  const auto wide = ConvolutionSpec(width, 3).with_stride(stride).with_groups(design.groups);
  Node x = convolve(1, in, design.bottleneck ? ConvolutionSpec(width, 1) : wide);
  x = convolve(2, b.relu(name + ".relu1", x), design.bottleneck ? wide : ConvolutionSpec(out, 3));
  if (design.bottleneck) x = convolve(3, b.relu(name + ".relu2", x), ConvolutionSpec(out, 1));
  Node residual = in;
  if (stride != 1 || b.shape(in).channels != out)
    residual = normed_convolution(b, design, name + ".downsample.0", name + ".downsample.1", in,
                                  ConvolutionSpec(out, 1).with_stride(stride));
  return b.relu(name + ".relu", b.add(name + ".add", x, residual));
}

struct ResidualRow {
  const char* name;
  ResidualDesign design;
};
// He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016 (stride in the 3x3
// convolution); Xie et al.: Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017;
// Zagoruyko, Komodakis: Wide Residual Networks, BMVC 2016.
constexpr ResidualRow kResidualRows[] = {
    {"resnet18", {kResNet18Blocks}},
    {"resnet34", {kResNet34Blocks}},
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
  Node x = residual_layers(b, row.design, {}, kNetworkInput);
  x = b.adaptive_average_pool("avgpool", x, 1);
  b.linear("fc", x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

Node residual_layers(NetworkBuilder& b, const ResidualDesign& design, ResidualPart part, Node in) {
  Node x = part.from == 0 && part.to > 0 ? stem(b, design, in) : in;
  for (int stage = 1; stage <= 4; ++stage)
    for (int index = 0; index < design.blocks[static_cast<std::size_t>(stage - 1)]; ++index) {
      const int half = index == 0 ? 2 * stage - 1 : 2 * stage;
      if (half <= part.from || half > part.to) continue;
      x = block(b, design, fmt::format("layer{}.{}", stage, index), x, std::int64_t{64} << (stage - 1),
                stage > 1 && index == 0 ? 2 : 1);
    }
  return x;
}

std::vector<NetworkInfo> residual_networks() {
  std::vector<NetworkInfo> rows;
  for (const ResidualRow& row : kResidualRows)
    rows.push_back(torchvision_row(row.name, [&row](const MapShape& input, std::int64_t classes) {
      return resnet(row, input, classes);
    }));
  return rows;
}

}  // namespace packrat
