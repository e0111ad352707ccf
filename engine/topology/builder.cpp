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

MapShape window_output(const Layer& layer, std::int64_t channels) {
  return {
      channels,
      positions(layer.in.height, layer.kernel.height, layer.stride.height, layer.padding.height,
                layer.round_up),
      positions(layer.in.width, layer.kernel.width, layer.stride.width, layer.padding.width, layer.round_up)};
}

MapShape transposed_output(const Layer& layer) {
  const auto side = [](std::int64_t from, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return (from - 1) * stride - 2 * padding + kernel;
  };
  return {layer.out.channels,
          side(layer.in.height, layer.kernel.height, layer.stride.height, layer.padding.height),
          side(layer.in.width, layer.kernel.width, layer.stride.width, layer.padding.width)};
}

void check_groups(const Layer& layer) {
  if (layer.in.channels % layer.groups != 0 || layer.out.channels % layer.groups != 0)
    throw std::logic_error(fmt::format("{}: {} groups do not divide {} and {} channels", layer.name,
                                       layer.groups, layer.in.channels, layer.out.channels));
}

Layer convolution_layer(LayerKind kind, std::string name, const ConvolutionSpec& spec) {
  Layer layer;
  layer.kind = kind;
  layer.name = std::move(name);
  layer.out.channels = spec.out_channels;
  layer.kernel = spec.kernel;
  layer.stride = spec.stride;
  layer.padding = spec.padding;
  layer.groups = spec.groups;
  layer.bias = spec.bias;
  return layer;
}

Layer pool_layer(LayerKind kind, std::string name, const PoolSpec& spec) {
  Layer layer;
  layer.kind = kind;
  layer.name = std::move(name);
  layer.kernel = spec.kernel;
  layer.stride = spec.stride;
  layer.padding = spec.padding;
  layer.round_up = spec.round_up;
  return layer;
}

}  // namespace

NetworkBuilder::NetworkBuilder(std::string name, const MapShape& input) {
  network_.name = std::move(name);
  network_.input = input;
}

const MapShape& NetworkBuilder::shape(Node node) const {
  return node == kNetworkInput ? network_.input : network_.layers.at(static_cast<std::size_t>(node)).out;
}

Layer NetworkBuilder::layer_of(LayerKind kind, std::string name) {
  Layer layer;
  layer.kind = kind;
  layer.name = std::move(name);
  return layer;
}

MapShape NetworkBuilder::output_of(const Layer& layer) const {
  switch (layer.kind) {
    case LayerKind::kConvolution:
      check_groups(layer);
      return window_output(layer, layer.out.channels);
    case LayerKind::kTransposedConvolution:
      check_groups(layer);
      return transposed_output(layer);
    case LayerKind::kLinear:
      return {layer.out.channels, 1, 1};
    case LayerKind::kMaxPool:
    case LayerKind::kAveragePool:
      return window_output(layer, layer.in.channels);
    case LayerKind::kAdaptiveAveragePool:
      return {layer.in.channels, layer.out.height, layer.out.width};
    case LayerKind::kAdd:
      if (layer.in != shape(layer.inputs.at(1)))
        throw std::logic_error(fmt::format("{}: cannot add {} and {}", layer.name, map_text(layer.in),
                                           map_text(shape(layer.inputs[1]))));
      return layer.in;
    case LayerKind::kConcat: {
      MapShape out{0, layer.in.height, layer.in.width};
      for (const Node part : layer.inputs) {
        const MapShape& from = shape(part);
        if (from.height != out.height || from.width != out.width)
          throw std::logic_error(fmt::format("{}: cannot join {} to maps of {}x{}", layer.name,
                                             map_text(from), out.height, out.width));
        out.channels += from.channels;
      }
      return out;
    }
    case LayerKind::kHalfChannels:
      return {layer.in.channels / 2, layer.in.height, layer.in.width};
    case LayerKind::kFlatten:
      return {layer.in.values(), 1, 1};
    default:
      return layer.in;
  }
}

Node NetworkBuilder::repeat(Layer layer, std::vector<Node> inputs) {
  layer.in = shape(inputs.at(0));
  layer.inputs = std::move(inputs);
  layer.out = output_of(layer);
  if (layer.out.height < 1 || layer.out.width < 1)
    throw UserError(
        fmt::format("{} cannot take an input of {}: {} is left with a map of {}x{} for its {}x{} window; "
                    "give a larger input",
                    network_.name, map_text(network_.input), layer.name, layer.in.height, layer.in.width,
                    layer.kernel.height, layer.kernel.width));
  network_.layers.push_back(std::move(layer));
  return static_cast<Node>(network_.layers.size()) - 1;
}

Node NetworkBuilder::convolution(std::string name, Node in, const ConvolutionSpec& spec) {
  return repeat(convolution_layer(LayerKind::kConvolution, std::move(name), spec), {in});
}

Node NetworkBuilder::transposed_convolution(std::string name, Node in, const ConvolutionSpec& spec) {
  return repeat(convolution_layer(LayerKind::kTransposedConvolution, std::move(name), spec), {in});
}

Node NetworkBuilder::linear(std::string name, Node in, std::int64_t features, bool bias) {
  Layer layer = layer_of(LayerKind::kLinear, std::move(name));
  layer.out.channels = features;
  layer.bias = bias;
  return repeat(std::move(layer), {in});
}

Node NetworkBuilder::batch_norm(std::string name, Node in, double epsilon) {
  Layer layer = layer_of(LayerKind::kBatchNorm, std::move(name));
  layer.epsilon = epsilon;
  return repeat(std::move(layer), {in});
}

Node NetworkBuilder::relu(std::string name, Node in) {
  return append(LayerKind::kRelu, std::move(name), in);
}
Node NetworkBuilder::sigmoid(std::string name, Node in) {
  return append(LayerKind::kSigmoid, std::move(name), in);
}
Node NetworkBuilder::dropout(std::string name, Node in) {
  return append(LayerKind::kDropout, std::move(name), in);
}
Node NetworkBuilder::shuffle(std::string name, Node in) {
  return append(LayerKind::kShuffle, std::move(name), in);
}
Node NetworkBuilder::flatten(std::string name, Node in) {
  return append(LayerKind::kFlatten, std::move(name), in);
}
Node NetworkBuilder::half_channels(std::string name, Node in) {
  return append(LayerKind::kHalfChannels, std::move(name), in);
}

Node NetworkBuilder::max_pool(std::string name, Node in, const PoolSpec& spec) {
  return repeat(pool_layer(LayerKind::kMaxPool, std::move(name), spec), {in});
}

Node NetworkBuilder::average_pool(std::string name, Node in, const PoolSpec& spec, Written written) {
  Layer layer = pool_layer(LayerKind::kAveragePool, std::move(name), spec);
  layer.is_module = written == Written::kModule;
  return repeat(std::move(layer), {in});
}

Node NetworkBuilder::adaptive_average_pool(std::string name, Node in, Window size, Written written) {
  Layer layer = layer_of(LayerKind::kAdaptiveAveragePool, std::move(name));
  layer.out = {0, size.height, size.width};
  layer.is_module = written == Written::kModule;
  return repeat(std::move(layer), {in});
}

Node NetworkBuilder::add(std::string name, Node first, Node second) {
  return repeat(layer_of(LayerKind::kAdd, std::move(name)), {first, second});
}

Node NetworkBuilder::concat(std::string name, const std::vector<Node>& parts) {
  return repeat(layer_of(LayerKind::kConcat, std::move(name)), parts);
}

Node NetworkBuilder::convolution_norm_relu(const std::string& convolution_name, const std::string& norm,
                                           Node in, const ConvolutionSpec& spec, NormRelu behind) {
  const Node x = batch_norm(norm, convolution(convolution_name, in, spec), behind.epsilon);
  return append(behind.relu, norm + ".relu", x);
}

Network NetworkBuilder::finish(std::int64_t classes) && {
  network_.classes = classes;
  return std::move(network_);
}

}  // namespace packrat
