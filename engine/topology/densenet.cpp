#include <fmt/format.h>

#include <array>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

struct DenseNetRow {
  const char* name;
  std::int64_t growth;  ///< channels that a layer adds
  std::int64_t stem;    ///< channels of the first convolution
  std::array<int, 4> layers;
};
// Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, CVPR 2017, table 1.
constexpr DenseNetRow kDenseNetRows[] = {
    {"densenet121", 32, 64, {6, 12, 24, 16}},
    {"densenet161", 48, 96, {6, 12, 36, 24}},
    {"densenet169", 32, 64, {6, 12, 32, 32}},
    {"densenet201", 32, 64, {6, 12, 48, 32}},
};

Node norm_relu(NetworkBuilder& b, const std::string& norm, const std::string& relu, Node in) {
  return b.relu(relu, b.batch_norm(norm, in));
}

Node dense_layer(NetworkBuilder& b, const std::string& name, Node in, std::int64_t growth) {
  Node x = norm_relu(b, name + ".norm1", name + ".relu1", in);
  x = b.convolution(name + ".conv1", x, ConvolutionSpec(4 * growth, 1));
  x = norm_relu(b, name + ".norm2", name + ".relu2", x);
  return b.convolution(name + ".conv2", x, ConvolutionSpec(growth, 3).with_padding(1));
}

Node transition(NetworkBuilder& b, const std::string& name, Node in) {
  Node x = norm_relu(b, name + ".norm", name + ".relu", in);
  x = b.convolution(name + ".conv", x, ConvolutionSpec(b.shape(x).channels / 2, 1));
  return b.average_pool(name + ".pool", x, {2, 2});
}

Network densenet(const DenseNetRow& row, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(row.name, input);
  Node x = b.convolution("features.conv0", kNetworkInput,
                         ConvolutionSpec(row.stem, 7).with_stride(2).with_padding(3));
  x = norm_relu(b, "features.norm0", "features.relu0", x);
  x = b.max_pool("features.pool0", x, {3, 2, 1});
  for (std::size_t block = 0; block < row.layers.size(); ++block) {
    const std::string name = fmt::format("features.denseblock{}", block + 1);
    for (int i = 1; i <= row.layers[block]; ++i) {
      const std::string layer = fmt::format("{}.denselayer{}", name, i);
      x = b.concat(layer + ".concat", {x, dense_layer(b, layer, x, row.growth)});
    }
    if (block + 1 < row.layers.size()) x = transition(b, fmt::format("features.transition{}", block + 1), x);
  }
  x = norm_relu(b, "features.norm5", "relu", x);
  x = b.adaptive_average_pool("pool", x, 1, Written::kFunction);
  b.linear("classifier", x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> densenet_networks() {
  std::vector<NetworkInfo> rows;
  for (const DenseNetRow& row : kDenseNetRows)
    rows.push_back(torchvision_row(row.name, [&row](const MapShape& input, std::int64_t classes) {
      return densenet(row, input, classes);
    }));
  return rows;
}

}  // namespace packrat
