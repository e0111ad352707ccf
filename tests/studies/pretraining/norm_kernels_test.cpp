#include "engine/studies/pretraining/norm_kernels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/studies/pretraining/training_layers.h"

namespace packrat {
namespace {

constexpr double kEpsilon = 1e-5;

// Rows and channels: ragged against blocks of 64 rows and against vectors.
const std::pair<std::int64_t, std::int64_t> kSizes[] = {{2, 1}, {63, 5}, {64, 16}, {65, 33}, {300, 64}};

at::Tensor normal(at::IntArrayRef shape, double mean = 0, double deviation = 1) {
  return at::randn(shape) * deviation + mean;
}

const float* floats(const at::Tensor& tensor) {
  return tensor.data_ptr<float>();
}
const BFloat* bfloats(const at::Tensor& tensor) {
  return static_cast<const BFloat*>(tensor.data_ptr());
}

double greatest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

at::Tensor as_tensor(const std::vector<float>& values) {
  return at::tensor(at::ArrayRef<float>(values), at::kFloat);
}

TEST(BFloat, RoundsAsLibTorchDoes) {
  at::manual_seed(1);
  std::vector<float> values{0.0F,     -0.0F,     1.0F,    1.00390625F, 1.01171875F,
                            INFINITY, -INFINITY, 3.4e38F, 1e-40F};
  const at::Tensor drawn = normal({1000}, 0, 1e3);
  values.insert(values.end(), floats(drawn), floats(drawn) + drawn.numel());
  for (const float value : values) {
    BFloat ours{};
    from_float(value, ours);
    EXPECT_EQ(ours.bits, c10::BFloat16(value).x) << value;
    EXPECT_EQ(to_float(ours), static_cast<float>(c10::BFloat16(value))) << value;
  }
  BFloat nan{};
  from_float(std::nanf(""), nan);
  EXPECT_TRUE(std::isnan(to_float(nan)));
}

TEST(NormKernels, MomentsAreThoseOfDoubleArithmetic) {
  at::manual_seed(2);
  for (const auto& [rows, channels] : kSizes)
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      const at::Tensor x = normal({rows, channels}, 3, 0.5).to(type), exact = x.to(at::kDouble);
      const ChannelMoments got = type == at::kFloat ? channel_moments(floats(x), rows, channels)
                                                    : channel_moments(bfloats(x), rows, channels);
      EXPECT_LT(greatest_difference(as_tensor(got.mean), exact.mean(0)), 1e-5) << rows << " x " << channels;
      EXPECT_LT(greatest_difference(as_tensor(got.variance), exact.var(0, false)), 1e-4)
          << rows << " x " << channels;
    }
}

TEST(NormKernels, AChannelThatNeverChangesHasNoVariance) {
  const std::vector<float> x(500, 0.1F);
  const ChannelMoments moments = channel_moments(x.data(), 500, 1);
  EXPECT_NEAR(moments.mean[0], 0.1, 1e-6);
  EXPECT_GE(moments.variance[0], 0);
  EXPECT_LT(moments.variance[0], 1e-7);
}

/// relu(batch norm(x) + residual), once through our functions and once by LibTorch's in float64.
struct Case {
  bool residual, relu;
};
const Case kCases[] = {{false, false}, {false, true}, {true, false}, {true, true}};

struct Inputs {
  at::Tensor x, gamma, beta, residual;  // x and residual [B, side, side, C]
};

Inputs inputs(std::int64_t channels) {
  return {normal({5, 3, 3, channels}, 0.5, 2), normal({channels}, 1, 0.3), normal({channels}, 0, 0.5),
          normal({5, 3, 3, channels})};
}

struct Outcome {
  at::Tensor y, dx, d_gamma, d_beta, d_residual;
};

/// Of the loss sum(y * weight).
Outcome ours(const Inputs& in, const Case& how, const at::Tensor& weight, at::ScalarType type,
             RunningMoments& running) {
  const auto leaf = [](const at::Tensor& t) { return t.detach().clone().requires_grad_(true); };
  const at::Tensor x = leaf(in.x.to(type)), gamma = leaf(in.gamma), beta = leaf(in.beta);
  const at::Tensor residual = how.residual ? leaf(in.residual.to(type)) : at::Tensor();
  const at::Tensor y = normalise(x, gamma, beta, running, true, residual, how.relu);
  (y.to(at::kFloat) * weight).sum().backward();
  return {y.detach(), x.grad(), gamma.grad(), beta.grad(), how.residual ? residual.grad() : at::Tensor()};
}

Outcome reference(const Inputs& in, const Case& how, const at::Tensor& weight, RunningMoments& running) {
  const auto leaf = [](const at::Tensor& t) {
    return t.to(at::kDouble).detach().clone().requires_grad_(true);
  };
  const at::Tensor x = leaf(in.x), gamma = leaf(in.gamma), beta = leaf(in.beta), residual = leaf(in.residual);
  at::Tensor y = at::batch_norm(x.permute({0, 3, 1, 2}), gamma, beta, running.mean, running.variance, true,
                                0.1, kEpsilon, false)
                     .permute({0, 2, 3, 1});
  if (how.residual) y = y + residual;
  if (how.relu) y = at::relu(y);
  (y * weight.to(at::kDouble)).sum().backward();
  return {y.detach(), x.grad(), gamma.grad(), beta.grad(), how.residual ? residual.grad() : at::Tensor()};
}

RunningMoments fresh_moments(std::int64_t channels, at::ScalarType type) {
  return {at::zeros({channels}, type), at::ones({channels}, type)};
}

void expect_close(const Outcome& got, const Outcome& expected, double tolerance, const std::string& what) {
  EXPECT_LT(greatest_difference(got.y, expected.y), tolerance) << what;
  EXPECT_LT(greatest_difference(got.dx, expected.dx), tolerance) << what;
  EXPECT_LT(greatest_difference(got.d_gamma, expected.d_gamma), 30 * tolerance) << what;
  EXPECT_LT(greatest_difference(got.d_beta, expected.d_beta), 30 * tolerance) << what;
  ASSERT_EQ(got.d_residual.defined(), expected.d_residual.defined()) << what;
  if (got.d_residual.defined()) {
    EXPECT_LT(greatest_difference(got.d_residual, expected.d_residual), tolerance) << what;
  }
}

TEST(Normalise, HasTheValuesGradientsAndRunningMomentsOfLibTorchsBatchNorm) {
  at::manual_seed(3);
  for (const Case& how : kCases)
    for (const std::int64_t channels : {1, 7, 32}) {
      const std::string what = std::to_string(channels) + " channels" + (how.residual ? ", residual" : "") +
                               (how.relu ? ", ReLU" : "");
      const Inputs in = inputs(channels);
      const at::Tensor weight = normal(in.x.sizes());
      RunningMoments got = fresh_moments(channels, at::kFloat),
                     expected = fresh_moments(channels, at::kDouble);
      const Outcome outcome = ours(in, how, weight, at::kFloat, got),
                    exact = reference(in, how, weight, expected);
      expect_close(outcome, exact, 2e-5, what);
      EXPECT_LT(greatest_difference(got.mean, expected.mean), 1e-6) << what;
      EXPECT_LT(greatest_difference(got.variance, expected.variance), 1e-5) << what;
    }
}

TEST(Normalise, InBFloat16StaysWithinItsRounding) {
  at::manual_seed(4);
  for (const Case& how : kCases) {
    Inputs in = inputs(16);
    in.x = in.x.to(at::kBFloat16).to(at::kFloat);  // so that both start from the same values
    in.residual = in.residual.to(at::kBFloat16).to(at::kFloat);
    const at::Tensor weight = normal(in.x.sizes()).to(at::kBFloat16).to(at::kFloat);
    RunningMoments a = fresh_moments(16, at::kFloat), b = fresh_moments(16, at::kDouble);
    expect_close(ours(in, how, weight, at::kBFloat16, a), reference(in, how, weight, b), 0.04, "bfloat16");
  }
}

// The loss after a small step along a direction, against the gradient's share of it.
TEST(Normalise, GradientsPredictWhatASmallStepDoes) {
  at::manual_seed(5);
  const Inputs in = inputs(4);
  const at::Tensor weight = normal(in.x.sizes());
  RunningMoments moments = fresh_moments(4, at::kFloat);
  const Outcome at_start = ours(in, {true, false}, weight, at::kFloat, moments);  // smooth without ReLU
  const auto loss_at = [&](double step, const Inputs& direction) {
    const auto moved = [step](const at::Tensor& t, const at::Tensor& d) { return t + step * d; };
    const Inputs there{moved(in.x, direction.x), moved(in.gamma, direction.gamma),
                       moved(in.beta, direction.beta), moved(in.residual, direction.residual)};
    const at::Tensor y = ours(there, {true, false}, weight, at::kFloat, moments).y;
    return (y.to(at::kDouble) * weight.to(at::kDouble)).sum().item<double>();
  };
  for (int trial = 0; trial < 3; ++trial) {
    const Inputs direction = inputs(4);
    const auto share = [](const at::Tensor& gradient, const at::Tensor& d) {
      return (gradient.to(at::kDouble) * d.to(at::kDouble)).sum().item<double>();
    };
    const double predicted = share(at_start.dx, direction.x) + share(at_start.d_gamma, direction.gamma) +
                             share(at_start.d_beta, direction.beta) +
                             share(at_start.d_residual, direction.residual);
    const double step = 1e-3, seen = (loss_at(step, direction) - loss_at(-step, direction)) / (2 * step);
    EXPECT_NEAR(seen, predicted, 0.02 * std::abs(predicted) + 0.05) << "trial " << trial;
  }
}

TEST(Normalise, WithoutTrainingUsesTheRunningMoments) {
  at::manual_seed(6);
  const Inputs in = inputs(8);
  RunningMoments running{normal({8}), normal({8}).abs() + 0.5};
  const RunningMoments before{running.mean.clone(), running.variance.clone()};
  const at::Tensor got = normalise(in.x, in.gamma, in.beta, running, false, in.residual, true);
  const at::Tensor expected =
      at::relu(at::batch_norm(in.x.permute({0, 3, 1, 2}), in.gamma, in.beta, running.mean, running.variance,
                              false, 0.1, kEpsilon, false)
                   .permute({0, 2, 3, 1}) +
               in.residual);
  EXPECT_LT(greatest_difference(got, expected), 1e-5);
  EXPECT_TRUE(at::equal(running.mean, before.mean) && at::equal(running.variance, before.variance));
}

TEST(NormKernels, ANaNIsSeenThroughTheReLU) {
  const float x = std::nanf(""), one = 1, zero = 0;
  float y = 5;
  scale_and_shift<float>(&x, &one, &zero, nullptr, true, 1, 1, &y);
  EXPECT_TRUE(std::isnan(y));
}

}  // namespace
}  // namespace packrat
