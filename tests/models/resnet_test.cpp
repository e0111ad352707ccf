#include "models/resnet.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "tests/models/reference_resnet.h"

namespace packrat {
namespace {

TEST(Cut, ReadsBackItsOwnText) {
  for (const Cut cut : Cut::all()) EXPECT_EQ(Cut::parse(cut.text()), cut) << cut.text();
  EXPECT_TRUE(Cut::parse("0").is_none());
  EXPECT_TRUE(Cut::parse(Cut::none().text()).is_none());
  EXPECT_EQ(Cut::all().size(), 6u);
}

TEST(Cut, RefusesBlocksThatAreNotThere) {
  for (const char* text : {"", "5", "1.5", "0.5", "4.5", "-1", "3 ", "block3"})
    EXPECT_THROW(Cut::parse(text), UserError) << text;
}

TEST(Cut, GivesTheShapesOfTheSpecification) {
  const std::pair<const char*, Shape3> table[] = {
      {"none", {3, 32, 32}}, {"1", {64, 8, 8}},    {"2", {128, 4, 4}}, {"2.5", {256, 2, 2}},
      {"3", {256, 2, 2}},    {"3.5", {512, 1, 1}}, {"4", {512, 1, 1}}};
  for (const auto& [text, shape] : table) EXPECT_EQ(output_shape(Cut::parse(text)), shape) << text;
}

TEST(Cut, GivesTheShapesThatThePlainNetworkHas) {
  const at::NoGradGuard no_grad;
  for (const Cut cut : Cut::all())
    for (const std::int64_t side : {32, 33, 50}) {
      const at::Tensor maps =
          ReferenceResNet(Architecture::kResNet18, cut).forward(at::zeros({2, 3, side, side + 7}));
      const Shape3 shape = output_shape(cut, {3, side, side + 7});
      EXPECT_EQ(maps.sizes(), (std::vector<std::int64_t>{2, shape[0], shape[1], shape[2]}))
          << cut.text() << " " << side;
    }
}

TEST(BasicBlocks, SplitAtEveryCutWithoutLossOrOverlap) {
  for (const auto architecture : {Architecture::kResNet18, Architecture::kResNet34}) {
    const auto names = [&](Cut from, Cut to) {
      std::vector<std::string> out;
      for (const BasicBlockPlace& block : basic_blocks(architecture, from, to)) out.push_back(block.name());
      return out;
    };
    const auto all = names(Cut::none(), Cut::last());
    EXPECT_EQ(all.size(), architecture == Architecture::kResNet18 ? 8u : 16u);
    for (const Cut cut : Cut::all()) {
      auto joined = names(Cut::none(), cut);
      for (const std::string& name : names(cut, Cut::last())) joined.push_back(name);
      EXPECT_EQ(joined, all) << cut.text();
    }
    EXPECT_EQ(names(Cut::parse("2"), Cut::parse("2.5")), std::vector<std::string>{"layer3.0"});
  }
}

TEST(InitialResNet, HasTorchvisionsTensors) {
  // torchvision's resnet18 has 11 689 512 parameters with 1000 classes, resnet34 21 797 672.
  for (const auto& [architecture, tensors, parameters] :
       {std::tuple{Architecture::kResNet18, 122u, 11'689'512},
        std::tuple{Architecture::kResNet34, 218u, 21'797'672}}) {
    const StateDict state = initial_resnet(architecture, 1000, Rng(1));
    EXPECT_EQ(state.size(), tensors);
    std::int64_t count = 0;
    for (const auto& [name, tensor] : state)
      if (name.find("running") == std::string::npos && name.find("tracked") == std::string::npos)
        count += tensor.numel();
    EXPECT_EQ(count, parameters);
  }
}

TEST(InitialResNet, IsKaimingNormalAndDependsOnSeedAndNameOnly) {
  const at::Tensor weight = initial_convolution(Rng(1), "a", {64, 32, 3, 3});
  EXPECT_NEAR(weight.std().item<double>(), std::sqrt(2.0 / (64 * 9)), 0.001);
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 0.002);
  EXPECT_TRUE(weight.equal(initial_convolution(Rng(1), "a", {64, 32, 3, 3})));
  EXPECT_FALSE(weight.equal(initial_convolution(Rng(1), "b", {64, 32, 3, 3})));
  EXPECT_FALSE(weight.equal(initial_convolution(Rng(2), "a", {64, 32, 3, 3})));
}

TEST(Architecture, IsReadByName) {
  for (const auto a : {Architecture::kResNet18, Architecture::kResNet34})
    EXPECT_EQ(parse_architecture(architecture_name(a)), a);
  EXPECT_THROW(parse_architecture("resnet50"), UserError);
}

}  // namespace
}  // namespace packrat
