#include "engine/train/flat_sgd.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>  // clip_grad.h leans on it
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/sgd.h>

namespace packrat {
namespace {

/// Leaves of odd sizes: nothing that is a multiple of a vector's width.
std::vector<at::Tensor> fresh_parameters() {
  at::manual_seed(3);
  std::vector<at::Tensor> parameters;
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{37, 19}, {37}, {3, 5, 3, 3}, {1}, {4099}})
    parameters.push_back(at::randn(shape).requires_grad_());
  return parameters;
}

double relative_difference(const at::Tensor& got, const at::Tensor& expected) {
  const at::NoGradGuard no_grad;
  return ((got - expected).to(at::kDouble).norm() / expected.to(at::kDouble).norm()).item<double>();
}

struct Case {
  SgdOptions options;
  double gradient_scale;  // moves the norm (about 70 at 1) over or under the clip
};

TEST(FlatSgd, EqualsTorchSgdAndClipGradNormOverManySteps) {
  for (const Case& c : {Case{{0.9, 1e-6, 10}, 1.0}, Case{{0.9, 1e-6, 10}, 0.01}, Case{{0.9, 1e-2, 1}, 3.0},
                        Case{{0.0, 1e-3, 10}, 1.0}, Case{{0.5, 0.0, 1e9}, 0.1}}) {
    SCOPED_TRACE(testing::Message() << "momentum " << c.options.momentum << ", decay "
                                    << c.options.weight_decay << ", clip " << c.options.clip_norm
                                    << ", gradients " << c.gradient_scale);
    const std::vector<at::Tensor> own = fresh_parameters(), reference = fresh_parameters();
    FlatSgd flat(own, c.options);
    torch::optim::SGD sgd(
        reference,
        torch::optim::SGDOptions(0.1).momentum(c.options.momentum).weight_decay(c.options.weight_decay));
    for (int step = 0; step < 200; ++step) {
      const double lr = step < 100 ? 0.05 : 0.005;
      flat.zero_grad();
      sgd.zero_grad();
      for (std::size_t i = 0; i < own.size(); ++i) {
        const at::Tensor direction = at::randn_like(own[i]) * c.gradient_scale;
        (own[i] * direction).sum().backward();
        (reference[i] * direction).sum().backward();
      }
      for (auto& group : sgd.param_groups()) static_cast<torch::optim::SGDOptions&>(group.options()).lr(lr);
      const double norm = torch::nn::utils::clip_grad_norm_(reference, c.options.clip_norm);
      sgd.step();
      ASSERT_NEAR(flat.step(lr) / norm, 1.0, 1e-6) << "step " << step;
      for (std::size_t i = 0; i < own.size(); ++i)
        ASSERT_LT(relative_difference(own[i], reference[i]), 1e-6) << "step " << step << ", tensor " << i;
    }
  }
}

TEST(FlatSgd, ReturnsTheNormBeforeClippingAndScalesTheGradientToTheLimit) {
  const at::Tensor weight = at::zeros({2}).requires_grad_();
  FlatSgd sgd({weight}, {0, 0, 1});
  weight.mutable_grad().copy_(at::tensor({3.0f, 4.0f}));
  EXPECT_DOUBLE_EQ(sgd.step(1.0), 5.0);
  EXPECT_NEAR(weight[0].item<float>(), -0.6, 1e-6);
  EXPECT_NEAR(weight[1].item<float>(), -0.8, 1e-6);
}

TEST(FlatSgd, AClipOfZeroLeavesGradientsAlone) {
  const at::Tensor weight = at::zeros({2}).requires_grad_();
  FlatSgd sgd({weight}, {0, 0, 0});
  weight.mutable_grad().copy_(at::tensor({300.0f, 400.0f}));
  EXPECT_DOUBLE_EQ(sgd.step(0.5), 500.0);
  EXPECT_EQ(weight[0].item<float>(), -150.0f);
}

TEST(FlatSgd, ParametersKeepTheirValuesAndBecomeViewsOfOneBuffer) {
  const std::vector<at::Tensor> parameters = fresh_parameters(), before = fresh_parameters();
  FlatSgd sgd(parameters, {});
  const float *weights = parameters[0].data_ptr<float>(), *gradients = parameters[0].grad().data_ptr<float>();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(at::equal(parameters[i], before[i])) << "tensor " << i;
    EXPECT_EQ(parameters[i].data_ptr<float>(), weights) << "tensor " << i;
    EXPECT_EQ(parameters[i].grad().data_ptr<float>(), gradients) << "tensor " << i;
    EXPECT_TRUE(parameters[i].requires_grad() && parameters[i].is_leaf());
    weights += parameters[i].numel();
    gradients += parameters[i].numel();
  }
  EXPECT_EQ(sgd.momentum().numel(), weights - parameters[0].data_ptr<float>());
}

TEST(FlatSgd, BackwardAddsIntoTheBufferAndZeroGradClearsIt) {
  const at::Tensor weight = at::ones({5}).requires_grad_();
  FlatSgd sgd({weight}, {});
  const float* where = weight.grad().data_ptr<float>();
  for (const float expected : {2.0f, 4.0f}) {
    (weight * 2).sum().backward();
    EXPECT_EQ(weight.grad().data_ptr<float>(), where);
    EXPECT_EQ(weight.grad()[4].item<float>(), expected);
  }
  sgd.zero_grad();
  EXPECT_EQ(weight.grad().abs().sum().item<float>(), 0);
  EXPECT_EQ(weight.grad().data_ptr<float>(), where);
}

TEST(FlatSgd, WritingTheMomentumRestoresIt) {
  const auto run = [](int stop) {
    at::Tensor weight = at::ones({1000}).requires_grad_();
    auto sgd = std::make_unique<FlatSgd>(std::vector<at::Tensor>{weight}, SgdOptions{});
    for (int step = 0; step < 10; ++step) {
      if (step == stop) {
        const at::Tensor momentum = sgd->momentum().clone(), value = weight.detach().clone();
        weight = value.requires_grad_();
        sgd = std::make_unique<FlatSgd>(std::vector<at::Tensor>{weight}, SgdOptions{});
        sgd->momentum().copy_(momentum);
      }
      sgd->zero_grad();
      (weight * at::arange(1000) / 100).square().sum().backward();
      sgd->step(1e-4);
    }
    return weight.detach();
  };
  EXPECT_TRUE(at::equal(run(4), run(-1)));
}

TEST(FlatSgd, NormAndWeightsAreTheSameBitsForAnyNumberOfThreads) {
  at::manual_seed(2);
  const at::Tensor start = at::randn({1000003}), gradient = at::randn({1000003});
  const auto run = [&](int threads) {
    at::set_num_threads(threads);
    const at::Tensor weight = start.clone().requires_grad_();
    FlatSgd sgd({weight}, {});
    weight.mutable_grad().copy_(gradient);
    const double norm = sgd.step(0.1);
    return std::make_pair(norm, weight.detach().clone());
  };
  const auto [norm, weights] = run(1);
  for (const int threads : {2, 4}) {
    const auto [other_norm, other_weights] = run(threads);
    EXPECT_EQ(norm, other_norm) << threads << " threads";
    EXPECT_TRUE(at::equal(weights, other_weights)) << threads << " threads";
  }
  at::set_num_threads(1);
}

}  // namespace
}  // namespace packrat
