#include "engine/topology/network.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::int64_t kMaxSide = 65536, kMaxValues = std::int64_t{1} << 28;

std::vector<std::int64_t> kernel_shape(const Layer& layer) {
  const bool transposed = layer.kind == LayerKind::kTransposedConvolution;
  const std::int64_t rows = transposed ? layer.in.channels : layer.out.channels;
  const std::int64_t columns = transposed ? layer.out.channels : layer.in.channels;
  return {rows, columns / layer.groups, layer.kernel.height, layer.kernel.width};
}

}  // namespace

std::string map_text(const MapShape& shape) {
  if (shape.height == 1 && shape.width == 1) return fmt::format("{}", shape.channels);
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

MapShape parse_map_shape(std::string_view text) {
  std::vector<std::int64_t> sides;
  const char *at = text.data(), *const end = at + text.size();
  bool good = true;
  while (good) {
    std::int64_t side = 0;
    const auto [next, problem] = std::from_chars(at, end, side);
    good = problem == std::errc() && side >= 1 && side <= kMaxSide;
    sides.push_back(side);
    if (next == end) break;
    good = good && *next == 'x';
    at = next + 1;
  }
  if (good && sides.size() == 1) sides.resize(3, 1);
  if (good && sides.size() == 3 && sides[0] * sides[1] <= kMaxValues &&
      sides[0] * sides[1] * sides[2] <= kMaxValues)
    return {sides[0], sides[1], sides[2]};
  throw UserError(fmt::format(
      "'{}' is no shape of a map: give channels x height x width, such as 3x224x224, or one number "
      "for a vector; each from 1 to {}, at most {} values in all",
      text, kMaxSide, kMaxValues));
}

std::string_view layer_kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConvolution:
      return "convolution";
    case LayerKind::kTransposedConvolution:
      return "transposed convolution";
    case LayerKind::kLinear:
      return "linear";
    case LayerKind::kBatchNorm:
      return "batch norm";
    case LayerKind::kRelu:
      return "relu";
    case LayerKind::kRelu6:
      return "relu6";
    case LayerKind::kSigmoid:
      return "sigmoid";
    case LayerKind::kDropout:
      return "dropout";
    case LayerKind::kMaxPool:
      return "max pool";
    case LayerKind::kAveragePool:
      return "average pool";
    case LayerKind::kAdaptiveAveragePool:
      return "adaptive average pool";
    case LayerKind::kAdd:
      return "add";
    case LayerKind::kConcat:
      return "concat";
    case LayerKind::kHalfChannels:
      return "half of the channels";
    case LayerKind::kShuffle:
      return "channel shuffle";
    case LayerKind::kFlatten:
      break;
  }
  return "flatten";
}

std::int64_t Layer::weights() const {
  switch (kind) {
    case LayerKind::kConvolution:
    case LayerKind::kTransposedConvolution:
      return in.channels / groups * out.channels * kernel.area();
    case LayerKind::kLinear:
      return in.values() * out.values();
    default:
      return 0;
  }
}

std::int64_t Layer::parameters() const {
  if (kind == LayerKind::kBatchNorm) return 2 * in.channels;
  return weights() + (bias ? out.channels : 0);
}

std::vector<TensorShape> state_shapes(const Layer& layer) {
  std::vector<TensorShape> shapes;
  if (layer.kind == LayerKind::kBatchNorm) {
    for (const char* const what : {"weight", "bias", "running_mean", "running_var"})
      shapes.push_back({fmt::format("{}.{}", layer.name, what), {layer.in.channels}});
  } else if (layer.weights() > 0) {
    const bool linear = layer.kind == LayerKind::kLinear;
    shapes.push_back(
        {layer.name + ".weight",
         linear ? std::vector<std::int64_t>{layer.out.channels, layer.in.values()} : kernel_shape(layer)});
    if (layer.bias) shapes.push_back({layer.name + ".bias", {layer.out.channels}});
  }
  return shapes;
}

std::vector<TensorShape> state_shapes(const Network& network) {
  std::vector<TensorShape> shapes;
  for (const Layer& layer : network.layers)
    for (TensorShape& tensor : state_shapes(layer)) shapes.push_back(std::move(tensor));
  return shapes;
}

}  // namespace packrat
