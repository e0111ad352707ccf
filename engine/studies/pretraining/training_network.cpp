#include "engine/studies/pretraining/training_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "models/tiny_convolution.h"

namespace packrat {
namespace {

at::Tensor float_copy(const at::Tensor& tensor) {
  return tensor.detach().to(at::kFloat).clone(at::MemoryFormat::Contiguous);
}

}  // namespace

TrainingNetwork::TrainingNetwork(const Network& network, const StateDict& state, at::ScalarType compute_type)
    : compute_type_(compute_type) {
  StateProblems problems;
  for (FusedLayer& fused : fused_layers(network)) steps_.push_back({std::move(fused), {}, 0, 0});
  for (Step& step : steps_) in_order_.push_back(&step);
  std::sort(in_order_.begin(), in_order_.end(),
            [](const Step* a, const Step* b) { return a->fused.place < b->fused.place; });
  for (Step* const step : in_order_) {
    step->first_tensor = tensors_.size();
    step->moments = running_.size();
    if (step->fused.layer.kind == LayerKind::kConvolution)
      add_convolution(*step, state, problems);
    else
      add_linear(step->fused.layer, state, problems);
  }
  problems.throw_if_any(fmt::format("{} with {} classes", network.name, network.classes));
}

void TrainingNetwork::add_convolution(Step& step, const StateDict& state, StateProblems& problems) {
  const Layer &layer = step.fused.layer, &norm = step.fused.norm.value();
  step.place.emplace(layer.in.channels, layer.out.channels, layer.kernel.height, layer.stride.height,
                     layer.in.height);
  const at::Tensor* const kernel =
      problems.expect(state, layer.name + ".weight", state_shapes(layer).front().shape);
  std::vector<const at::Tensor*> norms;  // weight, bias, running mean, running variance
  for (const TensorShape& tensor : state_shapes(norm))
    norms.push_back(problems.expect(state, tensor.name, tensor.shape));
  if (!kernel || std::count(norms.begin(), norms.end(), nullptr) > 0) return;  // told by throw_if_any()
  const LiveTaps& taps = step.place->patches.taps();
  const at::Tensor all = float_copy(*kernel), columns = gather_taps(all, taps.live);
  const at::Tensor working = compute_type_ == at::kFloat ? columns : columns.to(compute_type_);
  tensors_.push_back(
      {layer.name + ".weight", columns, at::zeros_like(columns), working, gather_taps(all, taps.dead)});
  add_float(norm.name + ".weight", *norms[0]);
  add_float(norm.name + ".bias", *norms[1]);
  running_.push_back({float_copy(*norms[2]), float_copy(*norms[3])});
}

void TrainingNetwork::add_linear(const Layer& layer, const StateDict& state, StateProblems& problems) {
  for (const TensorShape& tensor : state_shapes(layer))
    if (const at::Tensor* const value = problems.expect(state, tensor.name, tensor.shape))
      add_float(tensor.name, *value);
}

void TrainingNetwork::add_float(const std::string& name, const at::Tensor& value) {
  const at::Tensor master = float_copy(value);
  tensors_.push_back({name, master, at::zeros_like(master), master, {}});
}

TrainingNetwork::Replica TrainingNetwork::replica() const {
  Replica replica;
  for (const TrainedTensor& tensor : tensors_)
    replica.leaves.push_back(tensor.working.detach().requires_grad_(true));
  for (const RunningMoments& moments : running_)
    replica.running.push_back({moments.mean.clone(), moments.variance.clone()});
  return replica;
}

at::Tensor TrainingNetwork::run(const Step& step, Replica& replica, const at::Tensor& maps, bool training,
                                const at::Tensor& residual) const {
  const auto tensor = [&](std::size_t i) { return replica.leaves[step.first_tensor + i]; };
  if (!step.place) return at::linear(maps.to(at::kFloat).mean({1, 2}), tensor(0), tensor(1));
  const at::Tensor out = normalise(step.place->forward(maps, tensor(0)), tensor(1), tensor(2),
                                   replica.running[step.moments], training, residual, step.fused.relu);
  if (!step.fused.pool) return out;
  const Layer& pool = *step.fused.pool;
  return at::max_pool2d(out.permute({0, 3, 1, 2}), pool.kernel.height, pool.stride.height,
                        pool.padding.height)
      .permute({0, 2, 3, 1})
      .contiguous();
}

at::Tensor TrainingNetwork::forward(Replica& replica, const at::Tensor& images, bool training) const {
  const at::AutoGradMode gradients(training);
  std::vector<at::Tensor> outputs;
  const auto output = [&](int place) {
    return place == kNothing        ? at::Tensor()
           : place == kNetworkInput ? images
                                    : outputs[static_cast<std::size_t>(place)];
  };
  for (const Step& step : steps_)
    outputs.push_back(run(step, replica, output(step.fused.from), training, output(step.fused.add)));
  return outputs.back();
}

void TrainingNetwork::append_layer(StateDict& state, const Step& step, std::int64_t batches) const {
  const auto append = [&](std::size_t i) {
    const TrainedTensor& tensor = tensors_[step.first_tensor + i];
    state.emplace_back(tensor.name, tensor.master.clone());
  };
  if (!step.place) return append(0), append(1);
  const TrainingConvolution& place = *step.place;
  const TrainedTensor& weight = tensors_[step.first_tensor];
  at::Tensor kernel = at::empty({place.out, place.in, place.kernel, place.kernel}, at::kFloat);
  scatter_taps(weight.master, place.patches.taps().live, kernel);
  scatter_taps(weight.dead, place.patches.taps().dead, kernel);
  state.emplace_back(weight.name, kernel);
  append(1), append(2);
  const std::string& norm = step.fused.norm->name;
  state.emplace_back(norm + ".running_mean", running_[step.moments].mean.clone());
  state.emplace_back(norm + ".running_var", running_[step.moments].variance.clone());
  state.emplace_back(norm + ".num_batches_tracked", at::full({}, batches, at::kLong));
}

StateDict TrainingNetwork::state(std::int64_t batches) const {
  StateDict state;
  for (const Step* const step : in_order_) append_layer(state, *step, batches);
  return state;
}

}  // namespace packrat
