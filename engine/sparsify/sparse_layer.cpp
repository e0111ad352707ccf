#include "engine/sparsify/sparse_layer.h"

#include <torch/torch.h>

#include <cmath>

namespace packrat {
namespace {

constexpr double kFirstLogSigma2 = -10, kLeastVariance = 1e-8;

std::vector<std::int64_t> weight_sizes(const LayerShape& shape) {
  std::vector<std::int64_t> sizes{shape.outputs, shape.inputs};
  if (shape.convolution()) sizes.insert(sizes.end(), {shape.kernel, shape.kernel});
  return sizes;
}

std::int64_t fan_in(const LayerShape& shape) {
  return shape.inputs * (shape.convolution() ? shape.kernel * shape.kernel : 1);
}

at::Tensor uniform(const std::vector<std::int64_t>& sizes, double bound, Rng rng) {
  at::Tensor values = torch::empty(sizes);
  auto* v = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    v[i] = static_cast<float>((2 * rng.uniform() - 1) * bound);
  return values;
}

}  // namespace

SparseLayer::SparseLayer(const LayerShape& shape, const Rng& rng) : shape_(shape) {
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in(shape)));
  std::vector<std::int64_t> sizes = weight_sizes(shape);
  if (shape.field == NumberField::kComplex) sizes.insert(sizes.begin(), 2);
  weight_ = uniform(sizes, bound / std::sqrt(static_cast<double>(shape.parts())), rng.fork("weight"))
                .requires_grad_();
  bias_ = uniform({shape.parts() * shape.outputs}, bound, rng.fork("bias")).requires_grad_();
}

/// The real matrix of a complex one: [[re, -im], [im, re]] acts on (re, im) of the input.
at::Tensor SparseLayer::block_weight() const {
  const bool complex = shape_.field == NumberField::kComplex;
  const at::Tensor weight = mask_.defined() ? weight_ * mask_ : weight_;
  if (!complex) return weight;
  const at::Tensor re = weight[0], im = weight[1];
  return torch::cat({torch::cat({re, -im}, 1), torch::cat({im, re}, 1)}, 0);
}

at::Tensor SparseLayer::apply(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const {
  if (!shape_.convolution()) return at::linear(x, weight, bias);
  return at::conv2d(x, weight, bias, shape_.stride, shape_.padding, shape_.dilation);
}

at::Tensor SparseLayer::noisy(const at::Tensor& x, const at::Tensor& mean, const at::Generator& noise) const {
  const bool complex = shape_.field == NumberField::kComplex;
  at::Tensor power = x * x;
  if (complex) power = power.narrow(1, 0, shape_.inputs) + power.narrow(1, shape_.inputs, shape_.inputs);
  const at::Tensor variance = apply(power, log_sigma2_.exp(), {}).clamp_min(kLeastVariance);
  at::Tensor deviation = (complex ? variance * 0.5 : variance).sqrt();
  if (complex) deviation = torch::cat({deviation, deviation}, 1);
  return torch::addcmul(mean, at::randn(mean.sizes(), noise, mean.options().requires_grad(false)), deviation);
}

at::Tensor SparseLayer::forward(const at::Tensor& x, const c10::optional<at::Generator>& noise) const {
  const at::Tensor mean = apply(x, block_weight(), bias_);
  return log_sigma2_.defined() && noise ? noisy(x, mean, *noise) : mean;
}

void SparseLayer::begin_relevance() {
  log_sigma2_ = torch::full(weight_sizes(shape_), kFirstLogSigma2).requires_grad_();
}

void SparseLayer::begin_masked(const at::Tensor& mask) {
  const torch::NoGradGuard no_grad;
  log_sigma2_ = at::Tensor();
  mask_ = mask;
  weight_.mul_(mask);
}

PenaltyWeights SparseLayer::penalty_weights() const {
  const auto* mean = weight_.data_ptr<float>();
  const std::int64_t count = log_sigma2_.numel();
  return {mean, shape_.field == NumberField::kComplex ? mean + count : nullptr, log_sigma2_.data_ptr<float>(),
          count};
}

at::Tensor SparseLayer::relevance_mask(double threshold) const {
  at::Tensor mask = torch::empty(weight_sizes(shape_));
  packrat::relevance_mask(penalty_weights(), threshold, mask.data_ptr<float>());
  return mask;
}

double SparseLayer::penalty_sum(Penalty penalty) const {
  return packrat::penalty_sum(penalty, penalty_weights());
}

void SparseLayer::add_penalty_gradient(Penalty penalty, float scale) {
  const PenaltyWeights weights = penalty_weights();
  auto* mean = weight_.mutable_grad().data_ptr<float>();
  packrat::add_penalty_gradient(penalty, weights, scale,
                                {mean, weights.im == nullptr ? nullptr : mean + weights.count,
                                 log_sigma2_.mutable_grad().data_ptr<float>()});
}

std::vector<TensorCount> SparseLayer::count(const at::Tensor& mask) const {
  std::int64_t zeros = 0;
  if (mask.defined()) zeros = shape_.parts() * (mask == 0).sum().item<std::int64_t>();
  return {{shape_.name + ".weight", weight_.numel(), zeros}, {shape_.name + ".bias", bias_.numel(), 0}};
}

}  // namespace packrat
