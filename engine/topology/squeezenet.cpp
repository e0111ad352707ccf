#include <fmt/format.h>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

struct SqueezeNetRow {
  const char* name;
  std::int64_t stem_channels, stem_side;
  std::vector<int> pools;  ///< places among the features, before which a fire module or the stem stands
};

// Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size, 2016;
// 1.1 is the authors' revision, with the pools earlier.
const std::vector<SqueezeNetRow>& rows() {
  static const std::vector<SqueezeNetRow> table{{"squeezenet1_0", 96, 7, {2, 6, 11}},
                                                {"squeezenet1_1", 64, 3, {2, 5, 8}}};
  return table;
}

Node fire(NetworkBuilder& b, const std::string& name, Node in, std::int64_t squeeze, std::int64_t expand) {
  const auto convolve = [&](const std::string& part, Node x, ConvolutionSpec spec) {
    return b.relu(fmt::format("{}.{}_activation", name, part),
                  b.convolution(fmt::format("{}.{}", name, part), x, spec.with_bias()));
  };
  const Node x = convolve("squeeze", in, {squeeze, 1});
  const Node one = convolve("expand1x1", x, {expand, 1});
  const Node three = convolve("expand3x3", x, ConvolutionSpec(expand, 3).with_padding(1));
  return b.concat(name + ".concat", {one, three});
}

Network squeezenet(const SqueezeNetRow& row, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(row.name, input);
  Node x = b.convolution("features.0", kNetworkInput,
                         ConvolutionSpec(row.stem_channels, row.stem_side).with_stride(2).with_bias());
  x = b.relu("features.1", x);
  int place = 2;
  const auto pool_if_due = [&] {
    for (const int pool : row.pools)
      if (pool == place) x = b.max_pool(fmt::format("features.{}", place++), x, {3, 2, 0, true});
  };
  for (int i = 0; i < 8; ++i) {
    pool_if_due();
    const std::int64_t squeeze = 16 * (i / 2 + 1);
    x = fire(b, fmt::format("features.{}", place++), x, squeeze, 4 * squeeze);
  }
  x = b.dropout("classifier.0", x);
  x = b.convolution("classifier.1", x, ConvolutionSpec(classes, 1).with_bias());
  b.adaptive_average_pool("classifier.3", b.relu("classifier.2", x), 1);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> squeezenet_networks() {
  std::vector<NetworkInfo> infos;
  for (const SqueezeNetRow& row : rows())
    infos.push_back(torchvision_row(row.name, [&row](const MapShape& input, std::int64_t classes) {
      return squeezenet(row, input, classes);
    }));
  return infos;
}

}  // namespace packrat
