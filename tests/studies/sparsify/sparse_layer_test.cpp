#include "engine/studies/sparsify/sparse_layer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "engine/studies/sparsify/normal_noise.h"

namespace packrat {
namespace {

const std::vector<LayerShape>& shapes() {
  static const std::vector<LayerShape> table{{"fc", NumberField::kReal, 7, 5},
                                             {"conv", NumberField::kReal, 3, 4, 3, 2, 1},
                                             {"fc", NumberField::kComplex, 7, 5},
                                             {"conv", NumberField::kComplex, 3, 4, 3, 1, 2, 2},
                                             {"conv to one position", NumberField::kReal, 3, 4, 3, 9, 1},
                                             {"conv to nine", NumberField::kComplex, 3, 4, 3, 4, 1}};
  return table;
}

std::string shape_name(const LayerShape& shape) {
  return (shape.field == NumberField::kComplex ? "complex " : "real ") + shape.name;
}

at::Tensor input_for(const LayerShape& shape, std::int64_t images) {
  at::manual_seed(11);
  const std::int64_t channels = shape.parts() * shape.inputs;
  return shape.convolution() ? at::randn({images, channels, 9, 9}) : at::randn({images, channels});
}

at::Tensor plain(const LayerShape& shape, const at::Tensor& x, const at::Tensor& weight) {
  return shape.convolution() ? at::conv2d(x, weight, {}, shape.stride, shape.padding, shape.dilation)
                             : at::linear(x, weight);
}

/// The layer's map, part by part: Re = Wr xr - Wi xi, Im = Wr xi + Wi xr.
at::Tensor mean_by_parts(const SparseLayer& layer, const at::Tensor& x) {
  const LayerShape& shape = layer.shape();
  at::Tensor y;
  if (shape.field == NumberField::kReal) {
    y = plain(shape, x, layer.weight());
  } else {
    const auto parts = x.chunk(2, 1);
    const at::Tensor re = layer.weight()[0], im = layer.weight()[1];
    y = at::cat({plain(shape, parts[0], re) - plain(shape, parts[1], im),
                 plain(shape, parts[1], re) + plain(shape, parts[0], im)},
                1);
  }
  return y + (shape.convolution() ? layer.bias().view({1, -1, 1, 1}) : layer.bias());
}

at::Tensor variance_of(const SparseLayer& layer, const at::Tensor& x) {
  const at::Tensor power = x * x;
  const bool complex = layer.shape().field == NumberField::kComplex;
  return plain(layer.shape(), complex ? power.chunk(2, 1)[0] + power.chunk(2, 1)[1] : power,
               layer.log_sigma2().exp());
}

TEST(SparseLayer, IsItsLinearMapPartByPartWhenEvaluated) {
  const at::NoGradGuard no_grad;
  for (const LayerShape& shape : shapes()) {
    SparseLayer layer(shape, Rng(1));
    const at::Tensor x = input_for(shape, 3), expected = mean_by_parts(layer, x);
    EXPECT_TRUE(at::allclose(layer.forward(x, nullptr), expected, 1e-5, 1e-5)) << shape_name(shape);
    layer.begin_relevance();
    EXPECT_TRUE(at::allclose(layer.forward(x, nullptr), expected, 1e-5, 1e-5)) << shape_name(shape);
  }
}

TEST(SparseLayer, DrawsOutputsWithTheStatedMeanAndVariance) {
  const at::NoGradGuard no_grad;
  constexpr int kDraws = 4000;
  for (const LayerShape& shape : shapes()) {
    SparseLayer layer(shape, Rng(1));
    layer.begin_relevance();
    layer.log_sigma2().fill_(-2.0);
    const at::Tensor one = input_for(shape, 1), mean = layer.forward(one, nullptr),
                     variance = variance_of(layer, one);
    std::vector<std::int64_t> repeats(static_cast<std::size_t>(one.dim()), 1);
    repeats[0] = kDraws;
    Rng noise(5);
    const at::Tensor deviations = layer.forward(one.repeat(repeats), &noise) - mean;
    const at::Tensor expected = shape.parts() == 2 ? at::cat({variance, variance}, 1) / 2 : variance;
    const at::Tensor standard = deviations / expected.sqrt();
    EXPECT_LT(standard.mean(0).abs().max().item<double>(), 5 / std::sqrt(kDraws)) << shape_name(shape);
    EXPECT_LT((standard.pow(2).mean(0) - 1).abs().max().item<double>(), 5 * std::sqrt(2.0 / kDraws))
        << shape_name(shape);
  }
}

TEST(SparseLayer, TheSameSeedGivesTheSameOutputs) {
  for (const LayerShape& shape : shapes()) {
    SparseLayer layer(shape, Rng(1));
    layer.begin_relevance();
    const at::Tensor x = input_for(shape, 3);
    const auto draw = [&](std::uint64_t seed) {
      Rng noise(seed);
      return layer.forward(x, &noise);
    };
    EXPECT_TRUE(at::equal(draw(4), draw(4))) << shape_name(shape);
    EXPECT_FALSE(at::equal(draw(4), draw(5))) << shape_name(shape);
  }
}

/// What the layer computes, with the noise it drew, out of LibTorch's differentiable operations.
at::Tensor reference(const SparseLayer& layer, const at::Tensor& x, const at::Tensor& noise) {
  at::Tensor y = mean_by_parts(layer, x);
  if (!noise.defined()) return y;
  const double share = 1.0 / static_cast<double>(layer.shape().parts());
  const at::Tensor deviation = (variance_of(layer, x).clamp_min(1e-8) * share).sqrt();
  return y + noise * (layer.shape().parts() == 2 ? at::cat({deviation, deviation}, 1) : deviation);
}

TEST(SparseLayer, HasTheGradientsOfItsFormulas) {
  for (const LayerShape& shape : shapes())
    for (const bool drawn : {false, true}) {
      SparseLayer layer(shape, Rng(1));
      if (drawn) {
        layer.begin_relevance();
        const at::NoGradGuard no_grad;
        layer.log_sigma2().normal_(-3, 1);
      }
      const at::Tensor x = input_for(shape, 9).requires_grad_();  // not a whole number of pieces
      at::Tensor noise;
      Rng rng(5), same(5);
      const at::Tensor y = layer.forward(x, drawn ? &rng : nullptr);
      if (drawn) {
        noise = at::empty_like(y);
        fill_normal(same.next(), noise.data_ptr<float>(), noise.numel());
      }
      std::vector<at::Tensor> parameters{x, layer.weight(), layer.bias()};
      if (drawn) parameters.push_back(layer.log_sigma2());
      const at::Tensor expected = reference(layer, x, noise), by_y = at::randn_like(y);
      EXPECT_TRUE(at::allclose(y, expected, 1e-4, 1e-5)) << shape_name(shape);
      const auto got = torch::autograd::grad({y}, parameters, {by_y}),
                 want = torch::autograd::grad({expected}, parameters, {by_y});
      for (std::size_t i = 0; i < want.size(); ++i)
        EXPECT_LT((got[i] - want[i]).norm().item<double>(), 1e-5 * want[i].norm().item<double>())
            << shape_name(shape) << (drawn ? " drawn, " : ", ") << "parameter " << i;
    }
}

TEST(SparseLayer, TakesRealNumbersAsComplexOnesWithoutImaginaryParts) {
  for (const LayerShape& shape : shapes())
    for (const bool drawn : {false, true}) {
      if (shape.field == NumberField::kReal) continue;
      SparseLayer layer(shape, Rng(1));
      if (drawn) layer.begin_relevance();
      const at::Tensor x = input_for(shape, 9).narrow(1, 0, shape.inputs).clone().requires_grad_();
      std::vector<at::Tensor> parameters{x, layer.weight(), layer.bias()};
      if (drawn) parameters.push_back(layer.log_sigma2());
      Rng noise(5), same(5);
      const at::Tensor y = layer.forward(x, drawn ? &noise : nullptr),
                       expected = layer.forward(at::cat({x, at::zeros_like(x)}, 1), drawn ? &same : nullptr);
      EXPECT_TRUE(at::allclose(y, expected, 1e-5, 1e-6)) << shape_name(shape);
      const at::Tensor by_y = at::randn_like(y);
      const auto got = torch::autograd::grad({y}, parameters, {by_y}),
                 want = torch::autograd::grad({expected}, parameters, {by_y});
      for (std::size_t i = 0; i < want.size(); ++i)
        EXPECT_LT((got[i] - want[i]).norm().item<double>(), 1e-5 * want[i].norm().item<double>())
            << shape_name(shape) << (drawn ? " drawn, " : ", ") << "parameter " << i;
    }
}

TEST(SparseLayer, VariancesBelowTheFloorGetNoGradient) {
  SparseLayer layer({"fc", NumberField::kReal, 2, 1}, Rng(1));
  layer.begin_relevance();
  const at::Tensor x = at::full({1, 2}, 1e-3F);  // v = 2e-6 e^-10 = 9e-11
  Rng noise(5);
  layer.forward(x, &noise).sum().backward();
  EXPECT_EQ(layer.log_sigma2().grad().abs().max().item<double>(), 0);
  layer.forward(x * 1000, &noise).sum().backward();
  EXPECT_GT(layer.log_sigma2().grad().abs().max().item<double>(), 0);
}

TEST(SparseLayer, PenaltyGradientLandsInItsParameters) {
  for (const LayerShape& shape : shapes()) {
    const Penalty penalty = shape.field == NumberField::kComplex ? Penalty::kComplexVd : Penalty::kRealVd;
    SparseLayer layer(shape, Rng(1));
    layer.begin_relevance();
    layer.weight().mutable_grad() = at::zeros_like(layer.weight());
    layer.log_sigma2().mutable_grad() = at::zeros_like(layer.log_sigma2());
    layer.add_penalty_gradient(penalty, 1.0F);
    const at::NoGradGuard no_grad;
    const auto along = [&](const at::Tensor& parameter,
                           double length) {  // directional derivative along the gradient itself
      const double step = length / parameter.grad().norm().item<double>();
      parameter.add_(parameter.grad(), step);
      const double up = layer.penalty_sum(penalty);
      parameter.sub_(parameter.grad(), 2 * step);
      const double down = layer.penalty_sum(penalty);
      parameter.add_(parameter.grad(), step);
      return (up - down) / (2 * step) / parameter.grad().pow(2).sum().item<double>();
    };
    EXPECT_NEAR(along(layer.log_sigma2(), 0.1), 1, 1e-3) << shape_name(shape);
    EXPECT_NEAR(along(layer.weight(), 1e-3), 1, 2e-2) << shape_name(shape);
  }
}

TEST(SparseLayer, MaskedWeightsAreZeroAndGetNoGradient) {
  for (const LayerShape& shape : shapes()) {
    SparseLayer layer(shape, Rng(1));
    layer.begin_relevance();
    EXPECT_EQ(layer.relevance_mask(1e6).min().item<double>(), 1);
    EXPECT_EQ(layer.relevance_mask(-1e6).max().item<double>(), 0);
    const at::Tensor mask = layer.relevance_mask(-6);
    const auto kept = mask.sum().item<std::int64_t>();
    ASSERT_GT(kept, 0) << shape_name(shape);
    ASSERT_LT(kept, mask.numel()) << shape_name(shape);
    layer.begin_masked(mask);
    layer.forward(input_for(shape, 2), nullptr).pow(2).sum().backward();
    const at::Tensor dropped = 1 - mask;
    EXPECT_EQ((layer.weight() * dropped).abs().max().item<double>(), 0) << shape_name(shape);
    EXPECT_EQ((layer.weight().grad() * dropped).abs().max().item<double>(), 0) << shape_name(shape);
    const std::vector<TensorCount> count = layer.count(mask);
    EXPECT_EQ(count[0].zeros, shape.parts() * (mask.numel() - kept)) << shape_name(shape);
    EXPECT_EQ(count[0].parameters, shape.parts() * mask.numel()) << shape_name(shape);
    EXPECT_EQ(count[1].zeros, 0) << shape_name(shape);
    EXPECT_EQ(count[1].parameters, shape.parts() * shape.outputs) << shape_name(shape);
  }
}

}  // namespace
}  // namespace packrat
