#include "engine/topology/backbone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/topology/fused.h"
#include "engine/topology/heads.h"
#include "engine/topology/part.h"

namespace packrat {
namespace {

using testing::HasSubstr;

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<Cut> with_none(const Backbone& backbone) {
  std::vector<Cut> cuts = backbone.cuts();
  cuts.insert(cuts.begin(), Cut());
  return cuts;
}

std::vector<std::string> tensor_names(const Network& network) {
  std::vector<std::string> names;
  for (const TensorShape& tensor : state_shapes(network)) names.push_back(tensor.name);
  return names;
}

TEST(Backbone, EachIsFoundByItsNameAndByWhatTheEncoderIsCalled) {
  for (const Backbone& backbone : backbones()) {
    EXPECT_EQ(&find_backbone(backbone.name()), &backbone);
    EXPECT_EQ(&find_encoder(backbone.encoder()), &backbone);
  }
  EXPECT_THAT(error_of([] { find_backbone("resnet50"); }), HasSubstr("choose resnet18, resnet34 or "));
  EXPECT_THAT(error_of([] { find_encoder("resnet18"); }), HasSubstr("choose cutr, cutr34 or "));
}

TEST(Backbone, ACutIsReadByItsNameAndNoneIsInFrontOfAll) {
  for (const Backbone& backbone : backbones()) {
    int depth = 0;
    for (const Cut& cut : with_none(backbone))
      EXPECT_EQ(backbone.depth(Cut(cut.text())), depth++) << cut.text();
    for (const char* const text : {"", "99", "1.5", "0.5", "4.5", "-1", "3 ", "block3"})
      EXPECT_THAT(error_of([&] { backbone.depth(Cut(text)); }), HasSubstr(backbone.cuts_text())) << text;
  }
  EXPECT_TRUE(Cut("0").is_none());
  EXPECT_TRUE(Cut("none").is_none());
  EXPECT_EQ(find_backbone("resnet34").cuts_text(), "1, 2, 2.5, 3, 3.5 or 4");
}

TEST(Backbone, TheMapsAfterACutHaveTheShapesOfTheSpecification) {
  const struct {
    const char *backbone, *cut;
    Shape3 shape;
  } table[] = {{"resnet18", "none", {3, 32, 32}},   {"resnet18", "1", {64, 8, 8}},
               {"resnet18", "2", {128, 4, 4}},      {"resnet34", "2.5", {256, 2, 2}},
               {"resnet34", "3", {256, 2, 2}},      {"resnet34", "3.5", {512, 1, 1}},
               {"resnet34", "4", {512, 1, 1}},      {"mobilenet_v2", "1", {16, 16, 16}},
               {"mobilenet_v2", "3", {24, 8, 8}},   {"mobilenet_v2", "6", {32, 4, 4}},
               {"mobilenet_v2", "10", {64, 2, 2}},  {"mobilenet_v2", "13", {96, 2, 2}},
               {"mobilenet_v2", "16", {160, 1, 1}}, {"mobilenet_v2", "17", {320, 1, 1}},
               {"mobilenet_v2", "18", {1280, 1, 1}}};
  for (const auto& row : table)
    EXPECT_EQ(find_backbone(row.backbone).output_shape(Cut(row.cut)), row.shape)
        << row.backbone << " " << row.cut;
}

TEST(Backbone, FrontAndRestAreTheWholeWithoutLossOrOverlap) {
  for (const Backbone& backbone : backbones()) {
    const auto all = tensor_names(backbone.rest(Cut(), map_shape(kImageShape)));
    for (const Cut& cut : with_none(backbone)) {
      auto joined = cut.is_none() ? std::vector<std::string>() : tensor_names(backbone.front(cut));
      for (const std::string& name : tensor_names(backbone.rest(cut, map_shape(backbone.output_shape(cut)))))
        joined.push_back(name);
      EXPECT_EQ(joined, all) << backbone.name() << " " << cut.text();
    }
  }
  const Network between = part(find_backbone("resnet18").whole(10), "layer2", "layer3.0");
  for (const std::string& name : tensor_names(between)) EXPECT_EQ(name.rfind("layer3.0.", 0), 0u) << name;
}

TEST(Backbone, RefusesMapsOfOtherChannelsAndSaysWhichFit) {
  EXPECT_EQ(
      error_of([] {
        find_backbone("resnet18").rest(Cut("3"), {128, 4, 4});
      }),
      "a resnet18 head behind cut 3 takes maps of 256 channels (256x2x2 for 32x32 images), not 128x4x4: "
      "give the head the encoder's cut");
}

TEST(Part, KeepsTheShapesOfTheWholeAndTakesOtherInputs) {
  const Network whole = build_network("resnet18");
  const Network rest = part(whole, "layer3.0", "");
  EXPECT_EQ(rest.input, (MapShape{256, 14, 14}));
  EXPECT_EQ(rest.output(), whole.output());
  EXPECT_EQ(part(whole, "layer3.0", "layer4", MapShape{256, 3, 5}).output(), (MapShape{512, 2, 3}));
  EXPECT_THROW(part(whole, "layer5", ""), std::logic_error);
  EXPECT_THROW(part(whole, "layer3.0.conv1", ""), std::logic_error) << "its block's input reaches around it";
}

TEST(FoldNorms, LeavesNoBatchNormBehindAConvolutionAndRemembersIt) {
  for (const Backbone& backbone : backbones()) {
    const Network front = backbone.front(backbone.cuts().back()), folded = fold_norms(front);
    std::size_t norms = 0, remembered = 0;
    for (const Layer& layer : front.layers) norms += layer.kind == LayerKind::kBatchNorm ? 1 : 0;
    for (const Layer& layer : folded.layers) {
      EXPECT_NE(layer.kind, LayerKind::kBatchNorm) << layer.name;
      remembered += layer.folded_norm.empty() ? 0 : 1;
    }
    EXPECT_EQ(remembered, norms) << backbone.name();
    EXPECT_EQ(folded.output(), front.output()) << backbone.name();
  }
  for (const Layer& layer : fold_norms(build_network("densenet121")).layers)
    if (layer.name == "features.norm5") {  // behind a concatenation
      EXPECT_EQ(layer.kind, LayerKind::kBatchNorm);
    }
}

TEST(FusedLayers, AResidualBlockIsThreeOfThemAndTheLastAddsTheShortcut) {
  const Network block = part(find_backbone("resnet18").whole(10), "layer2.0", "layer3.0");
  const std::vector<FusedLayer> layers = fused_layers(part(block, "layer2", "layer3.0"));
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].layer.name, "layer3.0.conv1");
  EXPECT_EQ(layers[1].layer.name, "layer3.0.downsample.0");
  EXPECT_EQ(layers[2].layer.name, "layer3.0.conv2");
  EXPECT_TRUE(layers[0].relu && !layers[1].relu && layers[2].relu);
  EXPECT_EQ(layers[2].from, 0);
  EXPECT_EQ(layers[2].add, 1);
  EXPECT_EQ(layers[0].add, kNothing);
}

TEST(FusedLayers, RefuseDepthwiseConvolutionsAndReLU6ByTheirNames) {
  EXPECT_THAT(error_of([] { fused_layers(build_network("mobilenet_v2")); }),
              HasSubstr("features.0.1.relu, a relu6"));
  EXPECT_THAT(error_of([] { fused_layers(build_network("resnext50_32x4d")); }),
              HasSubstr("layer1.0.conv2, a grouped convolution"));
}

TEST(Heads, AreReadByNameAndResnetIsResnet18) {
  for (const std::string& kind : head_kinds()) EXPECT_EQ(parse_head_kind(kind), kind);
  EXPECT_EQ(parse_head_kind("resnet"), "resnet18");
  EXPECT_THAT(error_of([] { parse_head_kind("transformer"); }), HasSubstr("mlp, mlp_bn or linear"));
}

TEST(Heads, EveryOneGivesALogitForEveryClass) {
  for (const std::string& kind : head_kinds()) {
    const Backbone& backbone = takes_any_maps(kind) ? backbones().front() : find_backbone(kind);
    for (const Cut& cut : with_none(backbone))
      EXPECT_EQ(head_network(kind, cut, map_shape(backbone.output_shape(cut)), 7).output(), MapShape{7})
          << kind << " " << cut.text();
  }
}

}  // namespace
}  // namespace packrat
