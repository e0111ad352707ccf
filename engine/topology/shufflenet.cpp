#include <fmt/format.h>

#include <array>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

struct ShuffleNetRow {
  const char* name;
  std::array<std::int64_t, 3> widths;  ///< of the three stages
  std::int64_t last;                   ///< of the last convolution
};
// Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, ECCV
// 2018, table 5 (torchvision's 2.0 is 976 wide at the end, not 1024).
constexpr ShuffleNetRow kShuffleNetRows[] = {
    {"shufflenet_v2_x0_5", {48, 96, 192}, 1024},
    {"shufflenet_v2_x1_0", {116, 232, 464}, 1024},
    {"shufflenet_v2_x1_5", {176, 352, 704}, 1024},
    {"shufflenet_v2_x2_0", {244, 488, 976}, 2048},
};
constexpr std::array<int, 3> kRepeats{4, 8, 4};

/// Convolutions of a branch, named by their places in its torch::nn::Sequential.
class Branch {
 public:
  Branch(NetworkBuilder& builder, std::string name) : b_(builder), name_(std::move(name)) {}

  Node depthwise(int place, Node in, std::int64_t stride) const {
    const std::int64_t channels = b_.shape(in).channels;
    const Node x = b_.convolution(
        at(place), in,
        ConvolutionSpec(channels, 3).with_stride(stride).with_padding(1).with_groups(channels));
    return b_.batch_norm(at(place + 1), x);
  }
  Node pointwise(int place, Node in, std::int64_t channels) const {
    return b_.convolution_norm_relu(at(place), at(place + 1), in, {channels, 1});
  }

 private:
  std::string at(int place) const { return fmt::format("{}.{}", name_, place); }

  NetworkBuilder& b_;
  std::string name_;
};

Node unit(NetworkBuilder& b, const std::string& name, Node in, std::int64_t channels, std::int64_t stride) {
  const std::int64_t half = channels / 2;
  const Branch left(b, name + ".branch1"), right(b, name + ".branch2");
  Node kept, changed;
  if (stride == 1) {
    kept = b.half_channels(name + ".first_half", in);
    changed = b.half_channels(name + ".second_half", in);
  } else {
    kept = left.pointwise(2, left.depthwise(0, in, stride), half);
    changed = in;
  }
  changed = right.pointwise(0, changed, half);
  changed = right.pointwise(5, right.depthwise(3, changed, stride), half);
  return b.shuffle(name + ".channel_shuffle", b.concat(name + ".concat", {kept, changed}));
}

Network shufflenet(const ShuffleNetRow& row, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(row.name, input);
  Node x = b.convolution_norm_relu("conv1.0", "conv1.1", kNetworkInput,
                                   ConvolutionSpec(24, 3).with_stride(2).with_padding(1));
  x = b.max_pool("maxpool", x, {3, 2, 1});
  for (std::size_t stage = 0; stage < row.widths.size(); ++stage)
    for (int i = 0; i < kRepeats[stage]; ++i)
      x = unit(b, fmt::format("stage{}.{}", stage + 2, i), x, row.widths[stage], i == 0 ? 2 : 1);
  x = b.convolution_norm_relu("conv5.0", "conv5.1", x, {row.last, 1});
  x = b.adaptive_average_pool("mean", x, 1, Written::kFunction);
  b.linear("fc", x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> shufflenet_networks() {
  std::vector<NetworkInfo> rows;
  for (const ShuffleNetRow& row : kShuffleNetRows)
    rows.push_back(torchvision_row(row.name, [&row](const MapShape& input, std::int64_t classes) {
      return shufflenet(row, input, classes);
    }));
  return rows;
}

}  // namespace packrat
