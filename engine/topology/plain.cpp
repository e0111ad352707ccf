#include <fmt/format.h>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

/// Names the layers of a torch::nn::Sequential by their places.
class Sequence {
 public:
  explicit Sequence(std::string name) : name_(std::move(name)) {}
  std::string next() { return fmt::format("{}.{}", name_, place_++); }

 private:
  std::string name_;
  int place_ = 0;
};

/// Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014.
Network alexnet(const MapShape& input, std::int64_t classes) {
  NetworkBuilder b("alexnet", input);
  Sequence features("features"), classifier("classifier");
  const auto convolve = [&](Node x, std::int64_t channels, Window kernel, Window stride, Window padding) {
    x = b.convolution(
        features.next(), x,
        ConvolutionSpec(channels, kernel).with_stride(stride).with_padding(padding).with_bias());
    return b.relu(features.next(), x);
  };
  const PoolSpec pool{3, 2};
  Node x = convolve(kNetworkInput, 64, 11, 4, 2);
  x = convolve(b.max_pool(features.next(), x, pool), 192, 5, 1, 2);
  x = convolve(b.max_pool(features.next(), x, pool), 384, 3, 1, 1);
  x = convolve(x, 256, 3, 1, 1);
  x = convolve(x, 256, 3, 1, 1);
  x = b.max_pool(features.next(), x, pool);
  x = b.adaptive_average_pool("avgpool", x, 6);
  for (int hidden = 0; hidden < 2; ++hidden) {
    x = b.dropout(classifier.next(), x);
    x = b.linear(classifier.next(), x, 4096);
    x = b.relu(classifier.next(), x);
  }
  b.linear(classifier.next(), x, classes);
  return std::move(b).finish(classes);
}

/// Convolutions of each of the five blocks; they are 64, 128, 256, 512 and 512 channels wide.
struct VggDesign {
  const char* name;
  std::array<int, 5> depths;
};
constexpr VggDesign kVggs[] = {{"vgg11", {1, 1, 2, 2, 2}},
                               {"vgg13", {2, 2, 2, 2, 2}},
                               {"vgg16", {2, 2, 3, 3, 3}},
                               {"vgg19", {2, 2, 4, 4, 4}}};

/// Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015, table
/// 1.
Network vgg(const VggDesign& design, bool batch_norm, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(fmt::format("{}{}", design.name, batch_norm ? "_bn" : ""), input);
  Sequence features("features"), classifier("classifier");
  Node x = kNetworkInput;
  std::int64_t channels = 64;
  for (const int depth : design.depths) {
    for (int i = 0; i < depth; ++i) {
      x = b.convolution(features.next(), x, ConvolutionSpec(channels, 3).with_padding(1).with_bias());
      if (batch_norm) x = b.batch_norm(features.next(), x);
      x = b.relu(features.next(), x);
    }
    x = b.max_pool(features.next(), x, {2, 2});
    channels = std::min<std::int64_t>(2 * channels, 512);
  }
  x = b.adaptive_average_pool("avgpool", x, 7);
  for (int hidden = 0; hidden < 2; ++hidden) {
    x = b.linear(classifier.next(), x, 4096);
    x = b.relu(classifier.next(), x);
    x = b.dropout(classifier.next(), x);
  }
  b.linear(classifier.next(), x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> plain_networks() {
  std::vector<NetworkInfo> rows{torchvision_row("alexnet", alexnet)};
  for (const VggDesign& design : kVggs)
    for (const bool batch_norm : {false, true})
      rows.push_back(torchvision_row(fmt::format("{}{}", design.name, batch_norm ? "_bn" : ""),
                                     [&design, batch_norm](const MapShape& input, std::int64_t classes) {
                                       return vgg(design, batch_norm, input, classes);
                                     }));
  return rows;
}

}  // namespace packrat
