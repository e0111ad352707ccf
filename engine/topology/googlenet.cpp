#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

Node basic(NetworkBuilder& b, const std::string& name, Node in, const ConvolutionSpec& spec) {
  return b.convolution_norm_relu(name + ".conv", name + ".bn", in, spec, {1e-3});
}

/// Channels of a module's branches: 1x1; 1x1 before 3x3, 3x3; 1x1 before the second 3x3, that one; 1x1 behind
/// the pool.
struct GoogLeNetModule {
  const char* name;
  std::int64_t one, before_three, three, before_five, five, pool;
};

// torchvision's third branch has 3x3 convolutions where the paper has 5x5.
Node inception(NetworkBuilder& b, const GoogLeNetModule& m, Node in) {
  const std::string name = m.name;
  const auto three = [](std::int64_t channels) { return ConvolutionSpec(channels, 3).with_padding(1); };
  const Node first = basic(b, name + ".branch1", in, {m.one, 1});
  Node second = basic(b, name + ".branch2.0", in, {m.before_three, 1});
  second = basic(b, name + ".branch2.1", second, three(m.three));
  Node third = basic(b, name + ".branch3.0", in, {m.before_five, 1});
  third = basic(b, name + ".branch3.1", third, three(m.five));
  Node fourth = b.max_pool(name + ".branch4.0", in, {3, 1, 1, true});
  fourth = basic(b, name + ".branch4.1", fourth, {m.pool, 1});
  return b.concat(name + ".concat", {first, second, third, fourth});
}

/// Szegedy et al.: Going Deeper with Convolutions, CVPR 2015, table 1.
Network googlenet(const MapShape& input, std::int64_t classes) {
  NetworkBuilder b("googlenet", input);
  Node x = basic(b, "conv1", kNetworkInput, ConvolutionSpec(64, 7).with_stride(2).with_padding(3));
  x = b.max_pool("maxpool1", x, {3, 2, 0, true});
  x = basic(b, "conv2", x, {64, 1});
  x = basic(b, "conv3", x, ConvolutionSpec(192, 3).with_padding(1));
  x = b.max_pool("maxpool2", x, {3, 2, 0, true});
  x = inception(b, {"inception3a", 64, 96, 128, 16, 32, 32}, x);
  x = inception(b, {"inception3b", 128, 128, 192, 32, 96, 64}, x);
  x = b.max_pool("maxpool3", x, {3, 2, 0, true});
  x = inception(b, {"inception4a", 192, 96, 208, 16, 48, 64}, x);
  x = inception(b, {"inception4b", 160, 112, 224, 24, 64, 64}, x);
  x = inception(b, {"inception4c", 128, 128, 256, 24, 64, 64}, x);
  x = inception(b, {"inception4d", 112, 144, 288, 32, 64, 64}, x);
  x = inception(b, {"inception4e", 256, 160, 320, 32, 128, 128}, x);
  x = b.max_pool("maxpool4", x, {2, 2, 0, true});
  x = inception(b, {"inception5a", 256, 160, 320, 32, 128, 128}, x);
  x = inception(b, {"inception5b", 384, 192, 384, 48, 128, 128}, x);
  x = b.dropout("dropout", b.adaptive_average_pool("avgpool", x, 1));
  b.linear("fc", x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> googlenet_networks() {
  return {torchvision_row("googlenet", googlenet)};
}

}  // namespace packrat
