#include "engine/topology/part.h"

#include <fmt/format.h>

#include <stdexcept>

#include "engine/topology/builder.h"

namespace packrat {
namespace {

bool is_inside(const std::string& layer, std::string_view module) {
  return layer.compare(0, module.size(), module) == 0 &&
         (layer.size() == module.size() || layer[module.size()] == '.');
}

}  // namespace

Node last_layer(const Network& network, std::string_view module) {
  for (auto i = static_cast<Node>(network.layers.size()); i-- > 0;)
    if (is_inside(network.layers[static_cast<std::size_t>(i)].name, module)) return i;
  throw std::logic_error(fmt::format("{} has no module {}", network.name, module));
}

Network part(const Network& whole, std::string_view from, std::string_view to,
             const std::optional<MapShape>& input) {
  const auto count = static_cast<Node>(whole.layers.size());
  const Node first = from.empty() ? kNetworkInput : last_layer(whole, from);
  const Node last = to.empty() ? count - 1 : last_layer(whole, to);
  const MapShape& there =
      first == kNetworkInput ? whole.input : whole.layers[static_cast<std::size_t>(first)].out;
  NetworkBuilder b(whole.name, input.value_or(there));
  for (Node i = first + 1; i <= last; ++i) {
    const Layer& layer = whole.layers[static_cast<std::size_t>(i)];
    std::vector<Node> inputs = layer.inputs;
    for (Node& node : inputs) {
      if (node < first) throw std::logic_error(fmt::format("{} reaches around {}", layer.name, from));
      node -= first + 1;
    }
    b.repeat(layer, std::move(inputs));
  }
  return std::move(b).finish(to.empty() ? whole.classes : 0);
}

Network fold_norms(const Network& network) {
  const std::vector<int> uses = layer_uses(network);
  NetworkBuilder b(network.name, network.input);
  std::vector<Node> places;   // of the network's layers, in the folded one
  std::vector<Layer> layers;  // of the folded one, to be changed before they are repeated
  std::vector<std::vector<Node>> inputs;
  for (const Layer& layer : network.layers) {
    const Node in = layer.inputs[0];
    const bool folds = layer.kind == LayerKind::kBatchNorm && in != kNetworkInput &&
                       network.layers[static_cast<std::size_t>(in)].kind == LayerKind::kConvolution &&
                       uses[static_cast<std::size_t>(in)] == 1;
    if (folds) {
      Layer& convolution = layers[static_cast<std::size_t>(places[static_cast<std::size_t>(in)])];
      convolution.bias = true;
      convolution.folded_norm = layer.name;
      convolution.epsilon = layer.epsilon;
      places.push_back(places[static_cast<std::size_t>(in)]);
      continue;
    }
    std::vector<Node> from;
    for (const Node node : layer.inputs)
      from.push_back(node == kNetworkInput ? kNetworkInput : places[static_cast<std::size_t>(node)]);
    places.push_back(static_cast<Node>(layers.size()));
    layers.push_back(layer);
    inputs.push_back(std::move(from));
  }
  for (std::size_t i = 0; i < layers.size(); ++i) b.repeat(layers[i], inputs[i]);
  return std::move(b).finish(network.classes);
}

std::vector<int> layer_uses(const Network& network) {
  std::vector<int> uses(network.layers.size(), 0);
  for (const Layer& layer : network.layers)
    for (const int input : layer.inputs)
      if (input != kNetworkInput) ++uses[static_cast<std::size_t>(input)];
  if (!uses.empty()) ++uses.back();
  return uses;
}

}  // namespace packrat
