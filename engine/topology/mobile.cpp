#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

/// A row of inverted residual blocks.
struct Stack {
  std::int64_t kernel, expansion, channels;
  int repeats;
  std::int64_t stride;  ///< of the first block
};

/// The three convolutions of a block (expanding, depthwise, projecting) and their batch norms.
struct BlockNames {
  std::array<std::string, 3> convolution, norm;
  LayerKind relu = LayerKind::kRelu;
};

/// 1x1 to a wider map (unless the expansion is 1), depthwise, 1x1 to a narrow one without ReLU; the input is
/// added where the shapes agree.
Node inverted_residual(NetworkBuilder& b, const BlockNames& names, const std::string& sum, Node in,
                       const Stack& stack, std::int64_t stride) {
  const std::int64_t middle = b.shape(in).channels * stack.expansion;
  const auto depthwise = ConvolutionSpec(middle, stack.kernel)
                             .with_stride(stride)
                             .with_padding(stack.kernel / 2)
                             .with_groups(middle);
  Node x = in;
  if (stack.expansion != 1)
    x = b.convolution_norm_relu(names.convolution[0], names.norm[0], x, {middle, 1}, {1e-5, names.relu});
  x = b.convolution_norm_relu(names.convolution[1], names.norm[1], x, depthwise, {1e-5, names.relu});
  x = b.batch_norm(names.norm[2], b.convolution(names.convolution[2], x, {stack.channels, 1}));
  return stride == 1 && b.shape(in) == b.shape(x) ? b.add(sum, x, in) : x;
}

BlockNames mobilenet_names(const std::string& block, bool expands) {
  const auto name = [&](int place) { return fmt::format("{}.conv.{}", block, place); };
  const int depthwise = expands ? 1 : 0;
  return {{name(0) + ".0", name(depthwise) + ".0", name(depthwise + 1)},
          {name(0) + ".1", name(depthwise) + ".1", name(depthwise + 2)},
          LayerKind::kRelu6};
}

/// Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018, table 2.
Network mobilenet_v2(const MapShape& input, std::int64_t classes) {
  constexpr Stack kStacks[] = {{3, 1, 16, 1, 1}, {3, 6, 24, 2, 2},  {3, 6, 32, 3, 2}, {3, 6, 64, 4, 2},
                               {3, 6, 96, 3, 1}, {3, 6, 160, 3, 2}, {3, 6, 320, 1, 1}};
  constexpr NormRelu kBehind{1e-5, LayerKind::kRelu6};
  NetworkBuilder b("mobilenet_v2", input);
  Node x = b.convolution_norm_relu("features.0.0", "features.0.1", kNetworkInput,
                                   ConvolutionSpec(32, 3).with_stride(2).with_padding(1), kBehind);
  int place = 1;
  for (const Stack& stack : kStacks)
    for (int i = 0; i < stack.repeats; ++i) {
      const std::string block = fmt::format("features.{}", place++);
      x = inverted_residual(b, mobilenet_names(block, stack.expansion != 1), block + ".add", x, stack,
                            i == 0 ? stack.stride : 1);
    }
  x = b.convolution_norm_relu(fmt::format("features.{}.0", place), fmt::format("features.{}.1", place), x,
                              {1280, 1}, kBehind);
  x = b.adaptive_average_pool("pool", x, 1, Written::kFunction);
  b.linear("classifier.1", b.dropout("classifier.0", x), classes);
  return std::move(b).finish(classes);
}

/// The multiple of 8 nearest to channels * multiplier, but not below 90 % of it.
std::int64_t scaled(std::int64_t channels, double multiplier) {
  const double wanted = static_cast<double>(channels) * multiplier;
  const std::int64_t rounded = std::max<std::int64_t>(8, static_cast<std::int64_t>(wanted + 4) / 8 * 8);
  return static_cast<double>(rounded) >= 0.9 * wanted ? rounded : rounded + 8;
}

BlockNames mnasnet_names(const std::string& block) {
  const auto name = [&](int place) { return fmt::format("{}.layers.{}", block, place); };
  return {{name(0), name(3), name(6)}, {name(1), name(4), name(7)}};
}

/// Tan et al.: MnasNet: Platform-Aware Neural Architecture Search for Mobile, CVPR 2019 (B1, without
/// squeeze-and-excitation).
Network mnasnet(const char* name, double multiplier, const MapShape& input, std::int64_t classes) {
  constexpr Stack kStacks[] = {{3, 3, 24, 3, 2}, {5, 3, 40, 3, 2},  {5, 6, 80, 3, 2},
                               {3, 6, 96, 2, 1}, {5, 6, 192, 4, 2}, {3, 6, 320, 1, 1}};
  const std::int64_t stem = scaled(32, multiplier);
  NetworkBuilder b(name, input);
  Node x = b.convolution_norm_relu("layers.0", "layers.1", kNetworkInput,
                                   ConvolutionSpec(stem, 3).with_stride(2).with_padding(1));
  x = b.convolution_norm_relu("layers.3", "layers.4", x,
                              ConvolutionSpec(stem, 3).with_padding(1).with_groups(stem));
  x = b.batch_norm("layers.7", b.convolution("layers.6", x, {scaled(16, multiplier), 1}));
  int place = 8;
  for (Stack stack : kStacks) {
    stack.channels = scaled(stack.channels, multiplier);
    for (int i = 0; i < stack.repeats; ++i) {
      const std::string block = fmt::format("layers.{}.{}", place, i);
      x = inverted_residual(b, mnasnet_names(block), block + ".add", x, stack, i == 0 ? stack.stride : 1);
    }
    ++place;
  }
  x = b.convolution_norm_relu("layers.14", "layers.15", x, {1280, 1});
  x = b.adaptive_average_pool("pool", x, 1, Written::kFunction);
  b.linear("classifier.1", b.dropout("classifier.0", x), classes);
  return std::move(b).finish(classes);
}

struct Mnasnet {
  const char* name;
  double multiplier;
};
constexpr Mnasnet kMnasnets[] = {
    {"mnasnet0_5", 0.5}, {"mnasnet0_75", 0.75}, {"mnasnet1_0", 1.0}, {"mnasnet1_3", 1.3}};

}  // namespace

std::vector<NetworkInfo> mobile_networks() {
  std::vector<NetworkInfo> rows{torchvision_row("mobilenet_v2", mobilenet_v2)};
  // Behind each stack of blocks, and behind the last convolution.
  make_encoder(rows.back(), "mobilenet_v2",
               {{"1", "features.1"},
                {"3", "features.3"},
                {"6", "features.6"},
                {"10", "features.10"},
                {"13", "features.13"},
                {"16", "features.16"},
                {"17", "features.17"},
                {"18", "features.18"}},
               /*ships=*/false);
  for (const Mnasnet& row : kMnasnets)
    rows.push_back(torchvision_row(row.name, [&row](const MapShape& input, std::int64_t classes) {
      return mnasnet(row.name, row.multiplier, input, classes);
    }));
  return rows;
}

}  // namespace packrat
