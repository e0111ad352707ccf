#include "engine/studies/sparsify/sparse_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/studies/sparsify/pooled_relu.h"

namespace packrat {

SparseNetwork::SparseNetwork(const NetworkPlan& plan, std::array<std::int64_t, 3> image, std::int64_t classes,
                             NumberField field, const Rng& rng)
    : field_(field), classes_(classes) {
  for (PlannedLayer& planned : plan.layers(image, classes)) {
    if (field == NumberField::kComplex && !planned.norm.name.empty())
      throw UserError(fmt::format("{} has batch norms, which are real: leave out --complex", plan.name));
    add_step(std::move(planned), rng);
  }
}

void SparseNetwork::add_step(PlannedLayer planned, const Rng& rng) {
  planned.shape.field = field_;
  std::optional<BatchNorm> norm;
  if (!planned.norm.name.empty()) norm.emplace(planned.norm, planned.shape.outputs);
  SparseLayer layer(planned.shape, rng.fork(planned.shape.name));
  steps_.push_back({std::move(planned), std::move(layer), std::move(norm)});
}

at::Tensor SparseNetwork::forward(const at::Tensor& images, Rng* noise) const {
  const bool training = noise != nullptr;
  std::vector<at::Tensor> outputs{images};
  const auto output = [&](std::int64_t i) { return outputs.at(static_cast<std::size_t>(i)); };
  for (const auto& [planned, layer, norm] : steps_) {
    at::Tensor x = planned.from < 0 ? outputs.back() : output(planned.from);
    if (!planned.shape.convolution() && x.dim() > 2) x = x.flatten(1);
    x = layer.forward(x, noise);
    if (norm) x = norm->forward(x, training);
    if (planned.add >= 0) x = x + output(planned.add).reshape(x.sizes());
    if (planned.relu) x = planned.pool > 1 ? pooled_relu(x, planned.pool) : x.relu();
    if (planned.stem_pool) x = at::max_pool2d(x, 3, 2, 1);
    outputs.push_back(x);
  }
  return outputs.back().narrow(1, 0, classes_);
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
  const auto add = [&](const at::Tensor& tensor) { all.push_back(tensor); };
  for (const Step& step : steps_) {
    add(step.layer.weight());
    if (step.planned.shape.bias) add(step.layer.bias());
    if (step.norm)
      for (const at::Tensor& tensor : step.norm->trained()) add(tensor);
  }
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
  const auto add = [&](const std::vector<TensorCount>& counts) {
    all.tensors.insert(all.tensors.end(), counts.begin(), counts.end());
  };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    add(steps_[i].layer.count(masks.empty() ? at::Tensor() : masks.at(i)));
    if (steps_[i].norm) add(steps_[i].norm->count());
  }
  return all;
}

StateDict SparseNetwork::state() const {
  StateDict state;
  for (const Step& step : steps_) {
    const auto add = [&](const char* part, const at::Tensor& tensor) {
      if (tensor.defined()) state.emplace_back(step.planned.shape.name + part, tensor.detach().clone());
    };
    add(".weight", step.layer.weight());
    if (step.planned.shape.bias) add(".bias", step.layer.bias());
    add(".log_sigma2", step.layer.log_sigma2());
    add(".mask", step.layer.mask());
    if (!step.norm) continue;
    for (const auto& [name, tensor] : step.norm->tensors()) state.emplace_back(name, tensor.detach().clone());
  }
  return state;
}

void SparseNetwork::load_layer(SparseLayer& layer, const StateDict& state, StateProblems& problems) {
  const std::string& name = layer.shape().name;
  const auto copy = [&](const char* part, at::Tensor to) {
    if (const at::Tensor* from = problems.expect(state, name + part, to.sizes())) to.copy_(*from);
  };
  copy(".weight", layer.weight());
  if (layer.shape().bias) copy(".bias", layer.bias());
  const bool relevance = find_tensor(state, name + ".log_sigma2") != nullptr;
  const bool masked = find_tensor(state, name + ".mask") != nullptr;
  if (!relevance && !masked) return;
  layer.begin_relevance();  // a mask has the shape of the variances
  const at::Tensor* extra =
      problems.expect(state, name + (masked ? ".mask" : ".log_sigma2"), layer.log_sigma2().sizes());
  if (extra && masked) layer.begin_masked(extra->to(at::kFloat).clone());
  if (extra && !masked) layer.log_sigma2().copy_(*extra);
}

void SparseNetwork::load(const StateDict& state) {
  const at::NoGradGuard no_grad;
  StateProblems problems;
  for (Step& step : steps_) {
    load_layer(step.layer, state, problems);
    if (!step.norm) continue;
    for (auto& [name, tensor] : step.norm->tensors())
      if (const at::Tensor* from = problems.expect(state, name, tensor.sizes())) tensor.copy_(*from);
  }
  problems.throw_if_any("this network");
}

}  // namespace packrat
