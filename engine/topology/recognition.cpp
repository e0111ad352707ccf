#include "engine/topology/recognition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "engine/core/error.h"

namespace packrat {
namespace {

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Shapes compared_tensors(const std::vector<TensorShape>& checkpoint) {
  Shapes shapes;
  for (const TensorShape& tensor : checkpoint)
    if (!ends_with(tensor.name, ".num_batches_tracked")) shapes.emplace(tensor.name, tensor.shape);
  return shapes;
}

/// torchvision's auxiliary heads of GoogLeNet and Inception v3, and what a codec shares in our saved models.
bool stands_beside(const std::string& name) {
  return name.rfind("aux1.", 0) == 0 || name.rfind("aux2.", 0) == 0 || name.rfind("AuxLogits.", 0) == 0 ||
         name == "codec.shared";
}

/// Rows of the tensor that is the last layer's weight in the network; 0 when the checkpoint lacks it.
std::int64_t classes_in(const Shapes& shapes, const Network& network) {
  const auto last = std::find_if(network.layers.rbegin(), network.layers.rend(),
                                 [](const Layer& layer) { return layer.weights() > 0; });
  const auto found = shapes.find(last->name + ".weight");
  return found == shapes.end() || found->second.empty() ? 0 : found->second[0];
}

struct Comparison {
  Recognition recognition;
  std::vector<std::string> differences;  ///< tensors that are missing, surplus, or of another shape
};

Comparison compare(const Shapes& shapes, const NetworkInfo& row) {
  const std::int64_t classes = classes_in(shapes, row.build(row.input, row.classes));
  Comparison result{{&row, classes, {}}, {}};
  Shapes left = shapes;
  for (const TensorShape& wanted : state_shapes(row.build(row.input, std::max<std::int64_t>(classes, 1)))) {
    const auto found = left.find(wanted.name);
    if (found == left.end() || found->second != wanted.shape) result.differences.push_back(wanted.name);
    if (found != left.end()) left.erase(found);
  }
  for (const auto& [name, shape] : left)
    (stands_beside(name) ? result.recognition.extra : result.differences).push_back(name);
  return result;
}

}  // namespace

Recognition recognise_network(const std::vector<TensorShape>& checkpoint) {
  const Shapes shapes = compared_tensors(checkpoint);
  Comparison nearest;
  for (const NetworkInfo& row : networks()) {
    if (row.classes == 0) continue;
    Comparison candidate = compare(shapes, row);
    if (candidate.differences.empty()) return candidate.recognition;
    if (!nearest.recognition.network || candidate.differences.size() < nearest.differences.size())
      nearest = std::move(candidate);
  }
  const std::size_t count = nearest.differences.size();
  nearest.differences.resize(std::min<std::size_t>(count, 3));
  throw UserError(fmt::format(
      "these {} tensors are no network's of `packrat profile --list`; the nearest, {}, differs in {}: {}{}",
      shapes.size(), nearest.recognition.network->name, count, fmt::join(nearest.differences, ", "),
      count > 3 ? " ..." : ""));
}

}  // namespace packrat
