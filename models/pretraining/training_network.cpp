#include "models/pretraining/training_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "models/tiny_convolution.h"

namespace packrat {
namespace {

constexpr std::int64_t kSide = 32, kStemChannels = 64, kFeatures = 512;

at::Tensor float_copy(const at::Tensor& tensor) {
  return tensor.detach().to(at::kFloat).clone(at::MemoryFormat::Contiguous);
}

}  // namespace

TrainingNetwork::TrainingNetwork(Architecture architecture, std::int64_t classes, const StateDict& state,
                                 at::ScalarType compute_type)
    : compute_type_(compute_type) {
  StateProblems problems;
  stem_ = add_layer("conv1", "bn1", TrainingConvolution(3, kStemChannels, 7, 2, kSide), state, problems);
  std::int64_t side = kSide / 4;  // behind stem and pool
  for (const BasicBlockPlace& block : basic_blocks(architecture, Cut::none(), Cut::last())) {
    const std::string name = block.name();
    const std::int64_t in = block.in_channels, out = block.out_channels, stride = block.stride;
    const auto layer = [&](const std::string& convolution, const std::string& norm,
                           TrainingConvolution place) {
      return add_layer(name + convolution, name + norm, std::move(place), state, problems);
    };
    Layer first = layer(".conv1", ".bn1", TrainingConvolution(in, out, 3, stride, side));
    const std::int64_t side_out = first.place.side_out();
    Layer second = layer(".conv2", ".bn2", TrainingConvolution(out, out, 3, 1, side_out));
    std::optional<Layer> shortcut;
    if (block.has_downsample())
      shortcut = layer(".downsample.0", ".downsample.1", TrainingConvolution(in, out, 1, stride, side));
    blocks_.push_back({std::move(first), std::move(second), std::move(shortcut)});
    side = side_out;
  }
  const at::Tensor* const weight = problems.expect(state, "fc.weight", {classes, kFeatures});
  const at::Tensor* const bias = problems.expect(state, "fc.bias", {classes});
  problems.throw_if_any(fmt::format("{} with {} classes", architecture_name(architecture), classes));
  for (const auto& [name, value] : {std::make_pair("fc.weight", weight), std::make_pair("fc.bias", bias)}) {
    const at::Tensor master = float_copy(*value);
    tensors_.push_back({name, master, at::zeros_like(master), master, {}});
  }
}

TrainingNetwork::Layer TrainingNetwork::add_layer(const std::string& convolution, const std::string& norm,
                                                  TrainingConvolution place, const StateDict& state,
                                                  StateProblems& problems) {
  const std::string names[] = {convolution + ".weight", norm + ".weight", norm + ".bias"};
  const std::int64_t channels = place.out;
  const at::Tensor* const kernel =
      problems.expect(state, names[0], {place.out, place.in, place.kernel, place.kernel});
  const at::Tensor* const others[] = {problems.expect(state, names[1], {channels}),
                                      problems.expect(state, names[2], {channels})};
  const at::Tensor* const mean = problems.expect(state, norm + ".running_mean", {channels});
  const at::Tensor* const variance = problems.expect(state, norm + ".running_var", {channels});
  Layer layer{convolution, norm, std::move(place), tensors_.size(), running_.size()};
  const bool sound = kernel && others[0] && others[1] && mean && variance;
  if (!sound) return layer;  // told by throw_if_any()
  const at::Tensor all = float_copy(*kernel), columns = gather_taps(all, layer.place.patches.taps().live);
  const at::Tensor working = compute_type_ == at::kFloat ? columns : columns.to(compute_type_);
  tensors_.push_back({names[0], columns, at::zeros_like(columns), working,
                      gather_taps(all, layer.place.patches.taps().dead)});
  for (int i = 0; i < 2; ++i) {
    const at::Tensor master = float_copy(*others[i]);
    tensors_.push_back({names[i + 1], master, at::zeros_like(master), master, {}});
  }
  running_.push_back({float_copy(*mean), float_copy(*variance)});
  return layer;
}

TrainingNetwork::Replica TrainingNetwork::replica() const {
  Replica replica;
  for (const TrainedTensor& tensor : tensors_)
    replica.leaves.push_back(tensor.working.detach().requires_grad_(true));
  for (const RunningMoments& moments : running_)
    replica.running.push_back({moments.mean.clone(), moments.variance.clone()});
  return replica;
}

at::Tensor TrainingNetwork::run(const Layer& layer, Replica& replica, const at::Tensor& maps, bool training,
                                const at::Tensor& residual, bool relu) const {
  const auto tensor = [&](std::size_t i) { return replica.leaves[layer.first_tensor + i]; };
  return normalise(layer.place.forward(maps, tensor(0)), tensor(1), tensor(2), replica.running[layer.moments],
                   training, residual, relu);
}

at::Tensor TrainingNetwork::forward(Replica& replica, const at::Tensor& images, bool training) const {
  const at::AutoGradMode gradients(training);
  at::Tensor maps = run(*stem_, replica, images, training, {}, true);
  maps = at::max_pool2d(maps.permute({0, 3, 1, 2}), 3, 2, 1).permute({0, 2, 3, 1}).contiguous();
  for (const Block& block : blocks_) {
    const at::Tensor residual =
        block.shortcut ? run(*block.shortcut, replica, maps, training, {}, false) : maps;
    maps = run(block.second, replica, run(block.first, replica, maps, training, {}, true), training, residual,
               true);
  }
  const std::size_t last = replica.leaves.size();
  return at::linear(maps.to(at::kFloat).mean({1, 2}), replica.leaves[last - 2], replica.leaves[last - 1]);
}

void TrainingNetwork::append_layer(StateDict& state, const Layer& layer, std::int64_t batches) const {
  const TrainingConvolution& place = layer.place;
  const TrainedTensor& weight = tensors_[layer.first_tensor];
  at::Tensor kernel = at::empty({place.out, place.in, place.kernel, place.kernel}, at::kFloat);
  scatter_taps(weight.master, place.patches.taps().live, kernel);
  scatter_taps(weight.dead, place.patches.taps().dead, kernel);
  state.emplace_back(weight.name, kernel);
  for (std::size_t i = 1; i < 3; ++i) {
    const TrainedTensor& tensor = tensors_[layer.first_tensor + i];
    state.emplace_back(tensor.name, tensor.master.clone());
  }
  state.emplace_back(layer.norm + ".running_mean", running_[layer.moments].mean.clone());
  state.emplace_back(layer.norm + ".running_var", running_[layer.moments].variance.clone());
  state.emplace_back(layer.norm + ".num_batches_tracked", at::full({}, batches, at::kLong));
}

StateDict TrainingNetwork::state(std::int64_t batches) const {
  StateDict state;
  append_layer(state, *stem_, batches);
  for (const Block& block : blocks_) {
    append_layer(state, block.first, batches);
    append_layer(state, block.second, batches);
    if (block.shortcut) append_layer(state, *block.shortcut, batches);
  }
  for (std::size_t i = tensors_.size() - 2; i < tensors_.size(); ++i)
    state.emplace_back(tensors_[i].name, tensors_[i].master.clone());
  return state;
}

}  // namespace packrat
