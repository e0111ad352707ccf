#include "engine/studies/sparsify/sparse_layer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "engine/studies/sparsify/linear_map.h"
#include "engine/studies/sparsify/normal_noise.h"

namespace packrat {
namespace {

constexpr double kFirstLogSigma2 = -10;

std::vector<std::int64_t> weight_sizes(const LayerShape& shape) {
  std::vector<std::int64_t> sizes{shape.outputs, shape.inputs};
  if (shape.convolution()) sizes.insert(sizes.end(), {shape.kernel, shape.kernel});
  return sizes;
}

at::Tensor uniform(const std::vector<std::int64_t>& sizes, double bound, Rng rng) {
  at::Tensor values = at::empty(sizes);
  auto* v = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    v[i] = static_cast<float>((2 * rng.uniform() - 1) * bound);
  return values;
}

}  // namespace

SparseLayer::SparseLayer(const LayerShape& shape, const Rng& rng) : shape_(shape) {
  const double bound = 1 / std::sqrt(static_cast<double>(shape.fan_in()));
  std::vector<std::int64_t> sizes = weight_sizes(shape);
  if (shape.field == NumberField::kComplex) sizes.insert(sizes.begin(), 2);
  weight_ = uniform(sizes, bound / std::sqrt(static_cast<double>(shape.parts())), rng.fork("weight"))
                .requires_grad_();
  bias_ = shape.bias ? uniform({shape.parts() * shape.outputs}, bound, rng.fork("bias")).requires_grad_()
                     : at::zeros({shape.parts() * shape.outputs});
}

at::Tensor SparseLayer::forward(const at::Tensor& x, Rng* noise) const {
  if (!log_sigma2_.defined() || noise == nullptr)
    return linear_map(shape_, x, {weight_, bias_, {}, mask_}, {});
  at::Tensor drawn = at::empty(output_sizes(shape_, x), x.options().requires_grad(false));
  fill_normal(noise->next(), drawn.data_ptr<float>(), drawn.numel());
  return linear_map(shape_, x, {weight_, bias_, log_sigma2_, {}}, drawn);
}

void SparseLayer::begin_relevance() {
  log_sigma2_ = at::full(weight_sizes(shape_), kFirstLogSigma2).requires_grad_();
}

void SparseLayer::begin_masked(const at::Tensor& mask) {
  const at::NoGradGuard no_grad;
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
  at::Tensor mask = at::empty(weight_sizes(shape_));
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
  std::vector<TensorCount> counts{{shape_.name + ".weight", weight_.numel(), zeros}};
  if (shape_.bias) counts.push_back({shape_.name + ".bias", bias_.numel(), 0});
  return counts;
}

}  // namespace packrat
