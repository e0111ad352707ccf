#include "engine/sparsify/sparse_network.h"

#include <torch/torch.h>

#include "engine/sparsify/pooled_relu.h"

namespace packrat {

SparseNetwork::SparseNetwork(const NetworkPlan& plan, std::array<std::int64_t, 3> image, std::int64_t classes,
                             NumberField field, const Rng& rng)
    : field_(field), classes_(classes) {
  for (PlannedLayer& planned : plan.layers(image, classes)) {
    planned.shape.field = field;
    steps_.push_back({SparseLayer(planned.shape, rng.fork(planned.shape.name)), planned.relu, planned.pool});
  }
}

at::Tensor SparseNetwork::forward(const at::Tensor& images, Rng* noise) const {
  at::Tensor x =
      field_ == NumberField::kComplex ? torch::cat({images, torch::zeros_like(images)}, 1) : images;
  for (const Step& step : steps_) {
    if (!step.layer.shape().convolution() && x.dim() > 2) x = x.flatten(1);
    x = step.layer.forward(x, noise);
    if (step.relu) x = step.pool > 1 ? pooled_relu(x, step.pool) : x.relu();
  }
  return x.narrow(1, 0, classes_);
}

void SparseNetwork::begin_relevance() {
  for (Step& step : steps_) step.layer.begin_relevance();
}

void SparseNetwork::begin_masked(const std::vector<at::Tensor>& masks) {
  for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i].layer.begin_masked(masks.at(i));
}

std::vector<at::Tensor> SparseNetwork::relevance_masks(double threshold) const {
  std::vector<at::Tensor> masks;
  for (const Step& step : steps_) masks.push_back(step.layer.relevance_mask(threshold));
  return masks;
}

double SparseNetwork::penalty_sum(Penalty penalty) const {
  double sum = 0;
  for (const Step& step : steps_) sum += step.layer.penalty_sum(penalty);
  return sum;
}

void SparseNetwork::add_penalty_gradient(Penalty penalty, float scale) {
  for (Step& step : steps_) step.layer.add_penalty_gradient(penalty, scale);
}

std::vector<at::Tensor> SparseNetwork::weights() const {
  std::vector<at::Tensor> all;
  for (const Step& step : steps_) all.insert(all.end(), {step.layer.weight(), step.layer.bias()});
  return all;
}

std::vector<at::Tensor> SparseNetwork::log_sigma2() const {
  std::vector<at::Tensor> all;
  for (const Step& step : steps_)
    if (step.layer.log_sigma2().defined()) all.push_back(step.layer.log_sigma2());
  return all;
}

std::vector<at::Tensor> SparseNetwork::masks() const {
  std::vector<at::Tensor> all;
  for (const Step& step : steps_)
    if (step.layer.mask().defined()) all.push_back(step.layer.mask());
  return all;
}

SparsityCount SparseNetwork::count(const std::vector<at::Tensor>& masks) const {
  SparsityCount all;
  for (std::size_t i = 0; i < steps_.size(); ++i)
    for (TensorCount& tensor : steps_[i].layer.count(masks.empty() ? at::Tensor() : masks.at(i)))
      all.tensors.push_back(std::move(tensor));
  return all;
}

StateDict SparseNetwork::state() const {
  StateDict state;
  for (const Step& step : steps_) {
    const auto add = [&](const char* part, const at::Tensor& tensor) {
      if (tensor.defined()) state.emplace_back(step.layer.shape().name + part, tensor.detach().clone());
    };
    add(".weight", step.layer.weight());
    add(".bias", step.layer.bias());
    add(".log_sigma2", step.layer.log_sigma2());
    add(".mask", step.layer.mask());
  }
  return state;
}

void SparseNetwork::load(const StateDict& state) {
  const torch::NoGradGuard no_grad;
  StateProblems problems;
  const auto expect = [&](const std::string& name, const at::Tensor& like) {
    return problems.expect(state, name, like.sizes());
  };
  for (Step& step : steps_) {
    SparseLayer& layer = step.layer;
    const std::string& name = layer.shape().name;
    const at::Tensor* weight = expect(name + ".weight", layer.weight());
    const at::Tensor* bias = expect(name + ".bias", layer.bias());
    if (weight) layer.weight().copy_(*weight);
    if (bias) layer.bias().copy_(*bias);
    const bool relevance = find_tensor(state, name + ".log_sigma2") != nullptr;
    const bool masked = find_tensor(state, name + ".mask") != nullptr;
    if (!relevance && !masked) continue;
    layer.begin_relevance();  // a mask has the shape of the variances
    const at::Tensor* extra = expect(name + (masked ? ".mask" : ".log_sigma2"), layer.log_sigma2());
    if (extra && masked) layer.begin_masked(extra->to(at::kFloat).clone());
    if (extra && !masked) layer.log_sigma2().copy_(*extra);
  }
  problems.throw_if_any("this network");
}

}  // namespace packrat
