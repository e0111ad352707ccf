#include "models/network_module.h"

#include <fmt/format.h>

#include <stdexcept>

namespace packrat {
namespace {

// Batch norm sees [B, P, C] as [B * P, C, 1, 1]: the same statistics, a channel's values being all its
// positions in the batch.
Maps normalised(torch::nn::BatchNorm2d& norm, const Maps& maps) {
  if (!maps.by_position) return {norm(maps.data), maps.height, maps.width, false};
  const std::int64_t channels = maps.data.size(2);
  return {norm(maps.data.view({-1, channels, 1, 1})).view(maps.data.sizes()), maps.height, maps.width, true};
}

// By position maps are views, for which autograd would copy more than working in place saves.
Maps rectified(Maps maps, LayerKind kind, bool in_place) {
  if (kind == LayerKind::kRelu)
    maps.data = in_place && !maps.by_position ? maps.data.relu_() : maps.data.relu();
  else
    maps.data =
        in_place && !maps.by_position ? at::hardtanh_(maps.data, 0, 6) : at::hardtanh(maps.data, 0, 6);
  return maps;
}

Maps sum(Maps maps, const Maps& other, bool in_place) {
  if (maps.by_position)
    maps.data = maps.data + other.as_positions().data;
  else
    maps.data = in_place ? maps.data.add_(other.as_images().data) : maps.data + other.as_images().data;
  return maps;
}

bool is_vector(const MapShape& shape) {
  return shape.height == 1 && shape.width == 1;
}

}  // namespace

Maps Maps::as_images() const {
  if (!by_position) return *this;
  return {data.transpose(1, 2).reshape({data.size(0), data.size(2), height, width}), height, width, false};
}

Maps Maps::as_positions() const {
  if (by_position) return *this;
  return {data.flatten(2).transpose(1, 2).contiguous(), height, width, true};
}

ConvolutionModule::ConvolutionModule(const Layer& layer, HeadForm form)
    : layer_(layer), kernel_shape_(state_shapes(layer).front().shape) {
  const std::int64_t kernel = layer.kernel.height, stride = layer.stride.height;
  const bool square = layer.kernel.width == kernel && layer.stride.width == stride &&
                      layer.padding.height == kernel / 2 && layer.padding.width == kernel / 2;
  if (form == HeadForm::kMatrix && square && layer.groups == 1 &&
      is_tiny_convolution(kernel, stride, layer.in.height, layer.in.width))
    taps_.emplace(kernel, stride, layer.in.height);
  const auto columns = [&](const std::vector<std::int64_t>& taps) {
    return at::zeros({layer.out.channels, static_cast<std::int64_t>(taps.size()) * layer.in.channels});
  };
  weight_ = register_parameter("weight", taps_ ? columns(taps_->live) : at::zeros(kernel_shape_));
  if (taps_) dead_ = register_buffer("dead_taps", columns(taps_->dead));
}

Maps ConvolutionModule::forward(const Maps& maps) const {
  const MapShape& out = layer_.out;
  if (taps_)
    return {tiny_convolution(maps.as_positions().data, weight_, *taps_,
                             is_training() ? training_ : TinyTraining{}),
            out.height, out.width, true};
  return {at::conv2d(maps.as_images().data, weight_, {}, layer_.stride.sides(), layer_.padding.sides(),
                     {1, 1}, layer_.groups),
          out.height, out.width, false};
}

bool ConvolutionModule::train_with(const TinyTraining& training) {
  training_ = training;
  return taps_.has_value();
}

at::Tensor ConvolutionModule::kernel() const {
  const at::NoGradGuard no_grad;
  if (!taps_) return weight_.detach().clone();
  at::Tensor kernel = at::empty(kernel_shape_, weight_.options().requires_grad(false));
  scatter_taps(weight_.detach(), taps_->live, kernel);
  scatter_taps(dead_, taps_->dead, kernel);
  return kernel;
}

void ConvolutionModule::set_kernel(const at::Tensor& kernel) {
  const at::NoGradGuard no_grad;
  weight_.copy_(taps_ ? gather_taps(kernel, taps_->live) : kernel);
  if (taps_) dead_.copy_(gather_taps(kernel, taps_->dead));
}

NetworkModule::NetworkModule(const Network& network, double dropout)
    : network_(network), dropout_(dropout), turns_(schedule(network)) {}

void NetworkModule::add_layers(HeadForm form) {
  for (const Layer& layer : network_.layers) parts_.push_back(add_parts(layer, form));
}

// "layer3.0.conv1" is the child "conv1" of the child "0" of the child "layer3".
template <typename Child>
Child NetworkModule::add_child(const std::string& name, Child child) {
  torch::nn::Module* parent = this;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = name.find('.', begin)) != std::string::npos; begin = dot + 1) {
    const std::string part = name.substr(begin, dot - begin);
    const auto* const known = parent->named_children().find(part);
    parent =
        known ? known->get() : parent->register_module(part, std::make_shared<torch::nn::Module>()).get();
  }
  return parent->register_module(name.substr(begin), std::move(child));
}

bool NetworkModule::takes_vectors(const Layer& layer) const {
  const Layer* from = &layer;
  do {
    if (from->inputs[0] == kNetworkInput) return false;
    from = &network_.layers[static_cast<std::size_t>(from->inputs[0])];
    if (from->kind == LayerKind::kConvolution) return false;
  } while (from->kind != LayerKind::kLinear && from->kind != LayerKind::kFlatten &&
           from->kind != LayerKind::kAdaptiveAveragePool);
  return true;
}

NetworkModule::Parts NetworkModule::add_parts(const Layer& layer, HeadForm form) {
  Parts parts;
  switch (layer.kind) {
    case LayerKind::kConvolution:
      if (layer.bias) throw std::logic_error(fmt::format("{} has a bias", layer.name));
      parts.convolution = add_child(layer.name, std::make_shared<ConvolutionModule>(layer, form));
      break;
    case LayerKind::kBatchNorm: {
      const torch::nn::BatchNormOptions options =
          torch::nn::BatchNormOptions(layer.in.channels).eps(layer.epsilon);
      if (takes_vectors(layer))
        parts.vector_norm = add_child(layer.name, torch::nn::BatchNorm1d(options));
      else
        parts.map_norm = add_child(layer.name, torch::nn::BatchNorm2d(options));
      break;
    }
    case LayerKind::kLinear:
      parts.linear = add_child(
          layer.name, torch::nn::Linear(
                          torch::nn::LinearOptions(layer.in.values(), layer.out.channels).bias(layer.bias)));
      break;
    case LayerKind::kAdaptiveAveragePool:
      if (!is_vector(layer.out)) throw std::logic_error(fmt::format("{} keeps positions", layer.name));
      break;
    case LayerKind::kRelu:
    case LayerKind::kRelu6:
    case LayerKind::kMaxPool:
    case LayerKind::kAdd:
    case LayerKind::kDropout:
    case LayerKind::kFlatten:
      break;
    default:
      throw std::logic_error(
          fmt::format("{} is a {}, which is not run", layer.name, layer_kind_name(layer.kind)));
  }
  return parts;
}

Maps NetworkModule::dropped(const Maps& maps) {
  if (!is_training() || dropout_ == 0) return maps;
  const at::Tensor kept = at::empty(maps.data.sizes(), at::kFloat).bernoulli_(1 - dropout_, generator_);
  return {maps.data * kept.div_(1 - dropout_).to(maps.data.device()), maps.height, maps.width, false};
}

Maps NetworkModule::compute(const Turn& turn, std::vector<Maps>& values) {
  const Layer& layer = network_.layers[turn.place];
  Parts& parts = parts_[turn.place];
  const Maps& in = values[turn.inputs[0]];
  switch (layer.kind) {
    case LayerKind::kConvolution:
      return parts.convolution->forward(in);
    case LayerKind::kBatchNorm:
      if (parts.vector_norm) return {parts.vector_norm(in.data), 1, 1, false};
      return normalised(parts.map_norm, in);
    case LayerKind::kLinear:
      return {parts.linear(in.as_images().data.flatten(1)), 1, 1, false};
    case LayerKind::kRelu:
    case LayerKind::kRelu6:
      return rectified(in, layer.kind, turn.overwrites);
    case LayerKind::kAdd:
      return sum(in, values[turn.inputs[1]], turn.overwrites);
    case LayerKind::kMaxPool:
      return {at::max_pool2d(in.as_images().data, layer.kernel.sides(), layer.stride.sides(),
                             layer.padding.sides()),
              layer.out.height, layer.out.width, false};
    case LayerKind::kAdaptiveAveragePool:
      return {in.by_position ? in.data.mean(1) : in.data.mean({2, 3}), 1, 1, false};
    case LayerKind::kDropout:
      return dropped(in);
    default:  // kFlatten
      return {in.as_images().data.flatten(1), 1, 1, false};
  }
}

at::Tensor NetworkModule::run(const at::Tensor& in) {
  return run_schedule(turns_, Maps{in, in.size(2), in.size(3), false},
                      [&](const Turn& turn, std::vector<Maps>& values) { return compute(turn, values); })
      .back()
      .data;
}

std::vector<at::Tensor> NetworkModule::train_with(const TinyTraining& training) {
  std::vector<at::Tensor> weights;
  for (const Parts& parts : parts_)
    if (parts.convolution && parts.convolution->train_with(training))
      weights.push_back(parts.convolution->weight());
  return weights;
}

void NetworkModule::clear_last() {
  const at::NoGradGuard no_grad;
  Parts& last = parts_.back();
  if (last.vector_norm) last.vector_norm->weight.zero_();
  if (last.linear) last.linear->weight.zero_(), last.linear->bias.zero_();
}

}  // namespace packrat
