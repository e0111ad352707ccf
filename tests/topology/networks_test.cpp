#include "engine/topology/networks.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "engine/core/error.h"
#include "engine/topology/builder.h"

namespace packrat {
namespace {

TEST(NetworksTest, EveryNetworkIsWellFormed) {
  std::set<std::string> names;
  for (const NetworkInfo& row : networks()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    const Network network = row.build(row.input, row.classes);
    EXPECT_EQ(network.name, row.name);
    EXPECT_EQ(network.classes, row.classes) << row.name;
    std::set<std::string> layers;
    std::set<int> used;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const Layer& layer = network.layers[i];
      EXPECT_TRUE(layers.insert(layer.name).second) << row.name << " has two layers " << layer.name;
      ASSERT_FALSE(layer.inputs.empty()) << row.name << " " << layer.name;
      for (const int input : layer.inputs) {
        EXPECT_LT(input, static_cast<int>(i)) << row.name << " " << layer.name;
        used.insert(input);
      }
      const int first = layer.inputs[0];
      EXPECT_EQ(layer.in,
                first == kNetworkInput ? network.input : network.layers[static_cast<std::size_t>(first)].out)
          << row.name << " " << layer.name;
    }
    // Every map is used, but the output and the log variance, which only a variational autoencoder's training
    // needs.
    for (std::size_t i = 0; i + 1 < network.layers.size(); ++i)
      EXPECT_TRUE(used.count(static_cast<int>(i)) == 1 || network.layers[i].name == "encoder.log_variance")
          << row.name << " " << network.layers[i].name;
    if (row.classes > 0) {
      EXPECT_EQ(network.output(), MapShape{row.classes}) << row.name;
    }
  }
}

TEST(NetworksTest, ClassesReachTheOutput) {
  for (const NetworkInfo& row : networks()) {
    if (row.classes == 0) continue;
    EXPECT_EQ(row.build(row.input, 37).output(), MapShape{37}) << row.name;
  }
}

// The last map before the classifier, as the papers and torchvision have it.
TEST(NetworksTest, TheLastMapsAreThePublishedOnes) {
  const struct {
    const char* name;
    MapShape map;
  } rows[] = {{"alexnet", {256, 6, 6}},
              {"vgg16", {512, 7, 7}},
              {"resnet34", {512, 7, 7}},
              {"resnet50", {2048, 7, 7}},
              {"densenet161", {2208, 7, 7}},
              {"googlenet", {1024, 7, 7}},
              {"inception_v3", {2048, 8, 8}},
              {"squeezenet1_0", {1000, 13, 13}},
              {"mobilenet_v2", {1280, 7, 7}},
              {"mnasnet1_3", {1280, 7, 7}},
              {"shufflenet_v2_x2_0", {2048, 7, 7}}};
  for (const auto& row : rows) {
    const Network network = build_network(row.name);
    bool found = false;
    for (const Layer& layer : network.layers)
      if (layer.kind == LayerKind::kAdaptiveAveragePool) {
        EXPECT_EQ(map_text(layer.in), map_text(row.map)) << row.name;
        found = true;
      }
    EXPECT_TRUE(found) << row.name;
  }
}

TEST(NetworksTest, AnUnknownNameIsAUserErrorThatOffersTheNearest) {
  try {
    find_network("resnet43");
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("resnet34"), std::string::npos) << error.what();
  }
}

TEST(NetworksTest, AnInputThatIsTooSmallIsAUserErrorThatNamesTheLayer) {
  try {
    find_network("inception_v3").build({3, 64, 64}, 1000);
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("Mixed_"), std::string::npos) << error.what();
  }
  EXPECT_THROW(find_network("cnv-100").build({3, 28, 28}, 10), UserError);
  EXPECT_THROW(find_network("resnet34-head-3").build({128, 2, 2}, 10), UserError);
}

TEST(NetworksTest, ShapesAreReadAndWritten) {
  EXPECT_EQ(parse_map_shape("3x224x224"), (MapShape{3, 224, 224}));
  EXPECT_EQ(parse_map_shape("1024"), MapShape{1024});
  for (const char* const text : {"3x224x224", "1024", "1x28x28", "65536x64x64"})
    EXPECT_EQ(map_text(parse_map_shape(text)), text);
  for (const char* const text : {"", "x", "3x224", "3x224x", "x3x2x2", "0x2x2", "-3x2x2", "3x2x2x2", "3 x2x2",
                                 "3x65537x1", "65536x65536x65536", "99999999999999999999", "3.5x2x2"})
    EXPECT_THROW(parse_map_shape(text), UserError) << text;
}

// Windows of 3 by steps of 2 begin on 12 values at 0, 2, 4, 6, 8 and, rounding up, at 10. A window never
// begins in the right padding: 2 by steps of 2 on 3 padded values begin at -1 and 1, not at 3.
TEST(NetworksTest, PoolsRoundAsLibTorchDoes) {
  const struct {
    std::int64_t side;
    PoolSpec spec;
    std::int64_t out;
  } rows[] = {{13, {3, 2, 0, false}, 6}, {13, {3, 2, 0, true}, 6}, {12, {3, 2, 0, false}, 5},
              {12, {3, 2, 0, true}, 6},  {7, {3, 1, 1, true}, 7},  {3, {2, 2, 1, false}, 2},
              {3, {2, 2, 1, true}, 2},   {4, {2, 3, 1, true}, 2},  {112, {3, 2, 0, true}, 56}};
  for (const auto& row : rows) {
    NetworkBuilder b("pool", {1, row.side, row.side});
    EXPECT_EQ(b.shape(b.max_pool("p", kNetworkInput, row.spec)).width, row.out) << row.side;
  }
}

TEST(NetworksTest, ADescriptionThatContradictsItselfIsAnError) {
  NetworkBuilder b("wrong", {4, 5, 5});
  const Node half = b.half_channels("half", kNetworkInput);
  EXPECT_THROW(b.add("sum", half, kNetworkInput), std::logic_error);
  const Node pool = b.max_pool("pool", kNetworkInput, {2, 2});
  EXPECT_THROW(b.concat("both", {pool, half}), std::logic_error);
  EXPECT_THROW(b.convolution("groups", kNetworkInput, ConvolutionSpec(4, 1).with_groups(3)),
               std::logic_error);
}

}  // namespace
}  // namespace packrat
