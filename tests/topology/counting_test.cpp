#include "engine/topology/counting.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/topology/builder.h"

namespace packrat {
namespace {

struct Case {
  const char* what;
  Network network;  ///< its last layer is counted
  std::int64_t thop, strict, parameters, activations;
};

template <typename Append>
Case one(const char* what, const MapShape& input, Append append, std::int64_t thop, std::int64_t strict,
         std::int64_t parameters, std::int64_t activations) {
  NetworkBuilder b("one", input);
  append(b);
  return {what, std::move(b).finish(), thop, strict, parameters, activations};
}

// Figures by hand, from the rules of thop of May 2020 and from what the layers multiply.
std::vector<Case> cases() {
  using B = NetworkBuilder;
  const Node in = kNetworkInput;
  return {
      // 8x3x3 outputs of 4 * 9 products
      one(
          "valid convolution", {4, 5, 5},
          [=](B& b) {
            b.convolution("c", in, {8, 3});
          },
          72 * 36, 72 * 36, 288, 72),
      // 8x5x5 outputs, one more each for the bias
      one(
          "padded convolution with bias", {4, 5, 5},
          [=](B& b) { b.convolution("c", in, ConvolutionSpec(8, 3).with_padding(1).with_bias()); }, 200 * 37,
          200 * 36, 296, 200),
      // every output sees two channels
      one(
          "grouped 1x3 convolution with stride 2", {4, 6, 6},
          [=](B& b) {
            b.convolution("c", in, ConvolutionSpec(6, {1, 3}).with_stride(2).with_groups(2));
          },
          6 * 3 * 2 * 2 * 3, 6 * 3 * 2 * 2 * 3, 6 * 2 * 3, 36),
      // 3x8x8 outputs; each of 16 * 4 * 4 inputs meets 3 * 4 weights. thop counts 16 * 4 products an output
      one(
          "transposed convolution", {16, 4, 4},
          [=](B& b) { b.transposed_convolution("t", in, ConvolutionSpec(3, 2).with_stride(2).with_bias()); },
          192 * 65, 256 * 12, 195, 192),
      one(
          "linear layer of a map", {4, 2, 2}, [=](B& b) { b.linear("l", in, 10); }, 160, 160, 170, 10),
      one(
          "batch norm", {4, 5, 5}, [=](B& b) { b.batch_norm("n", in); }, 200, 0, 8, 0),
      one(
          "relu", {4, 5, 5}, [=](B& b) { b.relu("r", in); }, 0, 0, 0, 0),
      one(
          "max pool", {4, 6, 6},
          [=](B& b) {
            b.max_pool("p", in, {2, 2});
          },
          0, 0, 0, 36),
      one(
          "average pool", {4, 6, 6},
          [=](B& b) {
            b.average_pool("p", in, {2, 2});
          },
          36, 0, 0, 36),
      one(
          "average pool as a function", {4, 6, 6},
          [=](B& b) {
            b.average_pool("p", in, {2, 2}, Written::kFunction);
          },
          0, 0, 0, 36),
      // (7 // 3)^2 + 1 for each of 4x3x3
      one(
          "adaptive pool", {4, 7, 7}, [=](B& b) { b.adaptive_average_pool("p", in, 3); }, 36 * 5, 0, 0, 36),
      one(
          "adaptive pool as a function", {4, 7, 7},
          [=](B& b) { b.adaptive_average_pool("p", in, 1, Written::kFunction); }, 0, 0, 0, 4),
      one(
          "sum", {4, 5, 5}, [=](B& b) { b.add("a", in, in); }, 0, 0, 0, 100),
      one(
          "concatenation", {4, 5, 5},
          [=](B& b) {
            b.concat("c", {in, in});
          },
          0, 0, 0, 0),
      one(
          "shuffle", {4, 5, 5}, [=](B& b) { b.shuffle("s", in); }, 0, 0, 0, 0),
  };
}

TEST(CountingTest, EveryKindOfLayerIsCountedByHandToo) {
  for (const Case& c : cases()) {
    const NetworkCount thop = count_network(c.network, find_counting_rule("thop-2020"));
    const NetworkCount strict = count_network(c.network, find_counting_rule("strict"));
    EXPECT_EQ(thop.macs, c.thop) << c.what;
    EXPECT_EQ(strict.macs, c.strict) << c.what;
    EXPECT_EQ(thop.parameters, c.parameters) << c.what;
    EXPECT_EQ(strict.parameters, c.parameters) << c.what;
    EXPECT_EQ(strict.activations, c.activations) << c.what;
  }
}

Network small() {
  NetworkBuilder b("small", {3, 4, 4});
  const Node x = b.relu("relu", b.convolution("conv", kNetworkInput, {5, 3}));
  b.linear("fc", x, 7);
  return std::move(b).finish(7);
}

TEST(CountingTest, TotalsAreTheLayersSumsAndIntensitiesFollow) {
  const NetworkCount count = count_network(small(), find_counting_rule("strict"));
  ASSERT_EQ(count.layers.size(), 3u);
  EXPECT_EQ(count.macs, 5 * 2 * 2 * 27 + 20 * 7);
  EXPECT_EQ(count.parameters, 135 + 147);
  EXPECT_EQ(count.activations, 20 + 7);
  EXPECT_EQ(count.input, 48);
  EXPECT_EQ(count.operations(), 1360);
  EXPECT_DOUBLE_EQ(count.weights_only_intensity(32), 1360.0 / (4 * 282));
  EXPECT_DOUBLE_EQ(count.intensity(32), 1360.0 / (4 * (282 + 27 + 48)));
  EXPECT_DOUBLE_EQ(count.intensity(2), 16 * count.intensity(32));
}

TEST(CountingTest, BytesAreFilledUpToWholeOnes) {
  const NetworkCount count = count_network(small(), find_counting_rule("strict"));
  const std::int64_t parameter_bytes[] = {71, 141, 282, 564, 1128}, activation_bytes[] = {7, 14, 27, 54, 108};
  for (std::size_t i = 0; i < kPrecisions.size(); ++i) {
    EXPECT_EQ(count.parameter_bytes(kPrecisions[i]), parameter_bytes[i]) << kPrecisions[i];
    EXPECT_EQ(count.activation_bytes(kPrecisions[i]), activation_bytes[i]) << kPrecisions[i];
  }
  EXPECT_EQ(count.input_bytes(2), 12);
}

TEST(CountingTest, AnUnknownRuleIsAUserErrorThatNamesThoseThereAre) {
  try {
    find_counting_rule("thop");
    FAIL() << "no error";
  } catch (const UserError& error) {
    for (const CountingRule& rule : counting_rules())
      EXPECT_NE(std::string(error.what()).find(rule.name), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace packrat
