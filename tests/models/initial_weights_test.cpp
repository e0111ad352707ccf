#include "models/initial_weights.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "engine/topology/backbone.h"

namespace packrat {
namespace {

TEST(InitialWeights, HasTorchvisionsTensors) {
  // torchvision's resnet18 has 11 689 512 parameters with 1000 classes, resnet34 21 797 672.
  for (const auto& [name, tensors, parameters] :
       {std::tuple{"resnet18", 122u, 11'689'512}, std::tuple{"resnet34", 218u, 21'797'672}}) {
    const StateDict state = initial_state(find_backbone(name).whole(1000), Rng(1));
    EXPECT_EQ(state.size(), tensors);
    std::int64_t count = 0;
    for (const auto& [tensor_name, tensor] : state)
      if (tensor_name.find("running") == std::string::npos &&
          tensor_name.find("tracked") == std::string::npos)
        count += tensor.numel();
    EXPECT_EQ(count, parameters);
  }
}

TEST(InitialWeights, IsKaimingNormalAndDependsOnSeedAndNameOnly) {
  const at::Tensor weight = initial_convolution(Rng(1), "a", {64, 32, 3, 3});
  EXPECT_NEAR(weight.std().item<double>(), std::sqrt(2.0 / (64 * 9)), 0.001);
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 0.002);
  EXPECT_TRUE(weight.equal(initial_convolution(Rng(1), "a", {64, 32, 3, 3})));
  EXPECT_FALSE(weight.equal(initial_convolution(Rng(1), "b", {64, 32, 3, 3})));
  EXPECT_FALSE(weight.equal(initial_convolution(Rng(2), "a", {64, 32, 3, 3})));
}

}  // namespace
}  // namespace packrat
