#include "engine/topology/builder.h"

#include <fmt/format.h>

#include <stdexcept>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// Positions of a window along one side. Rounding up never lets one begin beyond the map and its left
/// padding.
std::int64_t positions(std::int64_t side, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                       bool round_up) {
  const std::int64_t room = side + 2 * padding - kernel;
  if (room < 0) return 0;
  std::int64_t count = (room + (round_up ? stride - 1 : 0)) / stride + 1;
  if (round_up && (count - 1) * stride >= side + padding) --count;
  return count;
}

MapShape window_output(const Layer& layer, std::int64_t channels, bool round_up) {
  return {
      channels,
      positions(layer.in.height, layer.kernel.height, layer.stride.height, layer.padding.height, round_up),
      positions(layer.in.width, layer.kernel.width, layer.stride.width, layer.padding.width, round_up)};
}

void set_window(Layer& layer, Window kernel, Window stride, Window padding) {
  layer.kernel = kernel;
  layer.stride = stride;
  layer.padding = padding;
}

void set_spec(Layer& layer, const ConvolutionSpec& spec) {
  set_window(layer, spec.kernel, spec.stride, spec.padding);
  layer.groups = spec.groups;
  layer.bias = spec.bias;
  if (layer.in.channels % spec.groups != 0 || spec.out_channels % spec.groups != 0)
    throw std::logic_error(fmt::format("{}: {} groups do not divide {} and {} channels", layer.name,
                                       spec.groups, layer.in.channels, spec.out_channels));
}

void check_output(const Network& network, const Layer& layer) {
  if (layer.out.height >= 1 && layer.out.width >= 1) return;
  throw UserError(
      fmt::format("{} cannot take an input of {}: {} is left with a map of {}x{} for its {}x{} window; give "
                  "a larger input",
                  network.name, map_text(network.input), layer.name, layer.in.height, layer.in.width,
                  layer.kernel.height, layer.kernel.width));
}

}  // namespace

NetworkBuilder::NetworkBuilder(std::string name, const MapShape& input) {
  network_.name = std::move(name);
  network_.input = input;
}

const MapShape& NetworkBuilder::shape(Node node) const {
  return node == kNetworkInput ? network_.input : network_.layers.at(static_cast<std::size_t>(node)).out;
}

Layer& NetworkBuilder::append(LayerKind kind, std::string name, std::vector<Node> inputs) {
  Layer layer;
  layer.kind = kind;
  layer.name = std::move(name);
  layer.in = layer.out = shape(inputs.at(0));
  layer.inputs = std::move(inputs);
  network_.layers.push_back(std::move(layer));
  return network_.layers.back();
}

Node NetworkBuilder::convolution(std::string name, Node in, const ConvolutionSpec& spec) {
  Layer& layer = append(LayerKind::kConvolution, std::move(name), {in});
  set_spec(layer, spec);
  layer.out = window_output(layer, spec.out_channels, false);
  check_output(network_, layer);
  return last();
}

Node NetworkBuilder::transposed_convolution(std::string name, Node in, const ConvolutionSpec& spec) {
  Layer& layer = append(LayerKind::kTransposedConvolution, std::move(name), {in});
  set_spec(layer, spec);
  const auto side = [](std::int64_t from, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return (from - 1) * stride - 2 * padding + kernel;
  };
  layer.out = {spec.out_channels,
               side(layer.in.height, spec.kernel.height, spec.stride.height, spec.padding.height),
               side(layer.in.width, spec.kernel.width, spec.stride.width, spec.padding.width)};
  check_output(network_, layer);
  return last();
}

Node NetworkBuilder::linear(std::string name, Node in, std::int64_t features, bool bias) {
  Layer& layer = append(LayerKind::kLinear, std::move(name), {in});
  layer.bias = bias;
  layer.out = {features, 1, 1};
  return last();
}

Node NetworkBuilder::same_shape(LayerKind kind, std::string name, Node in) {
  append(kind, std::move(name), {in});
  return last();
}
Node NetworkBuilder::batch_norm(std::string name, Node in) {
  return same_shape(LayerKind::kBatchNorm, std::move(name), in);
}
Node NetworkBuilder::relu(std::string name, Node in) {
  return same_shape(LayerKind::kRelu, std::move(name), in);
}
Node NetworkBuilder::sigmoid(std::string name, Node in) {
  return same_shape(LayerKind::kSigmoid, std::move(name), in);
}
Node NetworkBuilder::dropout(std::string name, Node in) {
  return same_shape(LayerKind::kDropout, std::move(name), in);
}
Node NetworkBuilder::shuffle(std::string name, Node in) {
  return same_shape(LayerKind::kShuffle, std::move(name), in);
}

Node NetworkBuilder::pool(LayerKind kind, std::string name, Node in, const PoolSpec& spec) {
  Layer& layer = append(kind, std::move(name), {in});
  set_window(layer, spec.kernel, spec.stride, spec.padding);
  layer.out = window_output(layer, layer.in.channels, spec.round_up);
  check_output(network_, layer);
  return last();
}

Node NetworkBuilder::max_pool(std::string name, Node in, const PoolSpec& spec) {
  return pool(LayerKind::kMaxPool, std::move(name), in, spec);
}

Node NetworkBuilder::average_pool(std::string name, Node in, const PoolSpec& spec, Written written) {
  const Node node = pool(LayerKind::kAveragePool, std::move(name), in, spec);
  network_.layers.back().is_module = written == Written::kModule;
  return node;
}

Node NetworkBuilder::adaptive_average_pool(std::string name, Node in, Window size, Written written) {
  Layer& layer = append(LayerKind::kAdaptiveAveragePool, std::move(name), {in});
  layer.out = {layer.in.channels, size.height, size.width};
  layer.is_module = written == Written::kModule;
  return last();
}

Node NetworkBuilder::add(std::string name, Node first, Node second) {
  if (shape(first) != shape(second))
    throw std::logic_error(
        fmt::format("{}: cannot add {} and {}", name, map_text(shape(first)), map_text(shape(second))));
  append(LayerKind::kAdd, std::move(name), {first, second});
  return last();
}

Node NetworkBuilder::concat(std::string name, const std::vector<Node>& parts) {
  Layer& layer = append(LayerKind::kConcat, std::move(name), parts);
  layer.out.channels = 0;
  for (const Node part : parts) {
    const MapShape& from = shape(part);
    if (from.height != layer.out.height || from.width != layer.out.width)
      throw std::logic_error(fmt::format("{}: cannot join {} to maps of {}x{}", layer.name, map_text(from),
                                         layer.out.height, layer.out.width));
    layer.out.channels += from.channels;
  }
  return last();
}

Node NetworkBuilder::half_channels(std::string name, Node in) {
  append(LayerKind::kHalfChannels, std::move(name), {in}).out.channels /= 2;
  return last();
}

Node NetworkBuilder::convolution_norm_relu(const std::string& convolution_name, const std::string& norm,
                                           Node in, const ConvolutionSpec& spec) {
  return relu(norm + ".relu", batch_norm(norm, convolution(convolution_name, in, spec)));
}

Network NetworkBuilder::finish(std::int64_t classes) && {
  network_.classes = classes;
  return std::move(network_);
}

}  // namespace packrat
