#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

/// Appends to one module of the network: torchvision's names begin with the module's.
class InceptionModule {
 public:
  InceptionModule(NetworkBuilder& builder, std::string name) : b_(builder), name_(std::move(name)) {}

  Node convolve(const std::string& name, Node in, const ConvolutionSpec& spec) const {
    const std::string whole = name_ + "." + name;
    return b_.convolution_norm_relu(whole + ".conv", whole + ".bn", in, spec, {1e-3});
  }
  Node one(const std::string& name, Node in, std::int64_t channels) const {
    return convolve(name, in, {channels, 1});
  }
  /// A convolution that keeps the map's size.
  Node same(const std::string& name, Node in, std::int64_t channels, Window kernel) const {
    return convolve(name, in,
                    ConvolutionSpec(channels, kernel).with_padding({kernel.height / 2, kernel.width / 2}));
  }
  /// A 3x3 convolution that halves the map.
  Node halve(const std::string& name, Node in, std::int64_t channels) const {
    return convolve(name, in, ConvolutionSpec(channels, 3).with_stride(2));
  }
  Node pooled(Node in, std::int64_t channels) const {
    const Node pool = b_.average_pool(name_ + ".avg_pool2d", in, {3, 1, 1}, Written::kFunction);
    return one("branch_pool", pool, channels);
  }
  Node max_pooled(Node in) const { return b_.max_pool(name_ + ".max_pool2d", in, {3, 2}); }
  Node concat(const std::vector<Node>& branches) const { return b_.concat(name_ + ".concat", branches); }
  Node join(const std::string& name, Node first, Node second) const {
    return b_.concat(name_ + "." + name, {first, second});
  }

 private:
  NetworkBuilder& b_;
  std::string name_;
};

constexpr Window kRow{1, 7}, kColumn{7, 1};

Node module_a(const InceptionModule& m, Node in, std::int64_t pool_channels) {
  const Node one = m.one("branch1x1", in, 64);
  const Node five = m.same("branch5x5_2", m.one("branch5x5_1", in, 48), 64, 5);
  Node twice = m.same("branch3x3dbl_2", m.one("branch3x3dbl_1", in, 64), 96, 3);
  twice = m.same("branch3x3dbl_3", twice, 96, 3);
  return m.concat({one, five, twice, m.pooled(in, pool_channels)});
}

Node module_b(const InceptionModule& m, Node in) {
  const Node three = m.halve("branch3x3", in, 384);
  Node twice = m.same("branch3x3dbl_2", m.one("branch3x3dbl_1", in, 64), 96, 3);
  twice = m.halve("branch3x3dbl_3", twice, 96);
  return m.concat({three, twice, m.max_pooled(in)});
}

Node module_c(const InceptionModule& m, Node in, std::int64_t channels) {
  const Node one = m.one("branch1x1", in, 192);
  Node seven = m.same("branch7x7_2", m.one("branch7x7_1", in, channels), channels, kRow);
  seven = m.same("branch7x7_3", seven, 192, kColumn);
  Node twice = m.same("branch7x7dbl_2", m.one("branch7x7dbl_1", in, channels), channels, kColumn);
  twice = m.same("branch7x7dbl_3", twice, channels, kRow);
  twice = m.same("branch7x7dbl_4", twice, channels, kColumn);
  twice = m.same("branch7x7dbl_5", twice, 192, kRow);
  return m.concat({one, seven, twice, m.pooled(in, 192)});
}

Node module_d(const InceptionModule& m, Node in) {
  const Node three = m.halve("branch3x3_2", m.one("branch3x3_1", in, 192), 320);
  Node seven = m.same("branch7x7x3_2", m.one("branch7x7x3_1", in, 192), 192, kRow);
  seven = m.same("branch7x7x3_3", seven, 192, kColumn);
  seven = m.halve("branch7x7x3_4", seven, 192);
  return m.concat({three, seven, m.max_pooled(in)});
}

Node module_e(const InceptionModule& m, Node in) {
  const auto both = [&](const std::string& name, Node x) {
    const Node row = m.same(name + "a", x, 384, {1, 3}), column = m.same(name + "b", x, 384, {3, 1});
    return m.join(name + ".concat", row, column);
  };
  const Node one = m.one("branch1x1", in, 320);
  const Node three = both("branch3x3_2", m.one("branch3x3_1", in, 384));
  const Node twice =
      both("branch3x3dbl_3", m.same("branch3x3dbl_2", m.one("branch3x3dbl_1", in, 448), 384, 3));
  return m.concat({one, three, twice, m.pooled(in, 192)});
}

Node stem(NetworkBuilder& b, Node in) {
  const auto convolve = [&](const std::string& name, Node x, const ConvolutionSpec& spec) {
    return b.convolution_norm_relu(name + ".conv", name + ".bn", x, spec, {1e-3});
  };
  Node x = convolve("Conv2d_1a_3x3", in, ConvolutionSpec(32, 3).with_stride(2));
  x = convolve("Conv2d_2a_3x3", x, {32, 3});
  x = convolve("Conv2d_2b_3x3", x, ConvolutionSpec(64, 3).with_padding(1));
  x = b.max_pool("maxpool1", x, {3, 2});
  x = convolve("Conv2d_3b_1x1", x, {80, 1});
  x = convolve("Conv2d_4a_3x3", x, {192, 3});
  return b.max_pool("maxpool2", x, {3, 2});
}

/// Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, CVPR
/// 2016.
Network inception_v3(const MapShape& input, std::int64_t classes) {
  NetworkBuilder b("inception_v3", input);
  const auto in = [&b](const char* name) { return InceptionModule(b, name); };
  Node x = stem(b, kNetworkInput);
  x = module_a(in("Mixed_5b"), x, 32);
  x = module_a(in("Mixed_5c"), x, 64);
  x = module_a(in("Mixed_5d"), x, 64);
  x = module_b(in("Mixed_6a"), x);
  x = module_c(in("Mixed_6b"), x, 128);
  x = module_c(in("Mixed_6c"), x, 160);
  x = module_c(in("Mixed_6d"), x, 160);
  x = module_c(in("Mixed_6e"), x, 192);
  x = module_d(in("Mixed_7a"), x);
  x = module_e(in("Mixed_7b"), x);
  x = module_e(in("Mixed_7c"), x);
  x = b.dropout("dropout", b.adaptive_average_pool("avgpool", x, 1, Written::kFunction));
  b.linear("fc", x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> inception_networks() {
  return {torchvision_row("inception_v3", inception_v3, 299)};
}

}  // namespace packrat
