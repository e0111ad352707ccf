#include "engine/topology/heads.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/topology/builder.h"
#include "engine/topology/families.h"
#include "engine/topology/part.h"

namespace packrat {
namespace {

constexpr std::string_view kMlp = "mlp", kNormMlp = "mlp_bn", kLinear = "linear";
constexpr std::int64_t kClasses = 10, kMlpWidth = 400;

/// Linear without bias, batch norm on the logits.
void classifier(NetworkBuilder& b, Node in, std::int64_t classes) {
  b.batch_norm("fc_bn", b.linear("fc", in, classes, false), 1e-6);
}

void mlp_layers(NetworkBuilder& b, std::int64_t classes) {
  Node x = kNetworkInput;
  for (const char* const name : {"hidden1", "hidden2"})
    x = b.relu(fmt::format("{}.relu", name), b.linear(name, x, kMlpWidth));
  classifier(b, x, classes);
}

void norm_mlp_layers(NetworkBuilder& b, std::int64_t hidden, std::int64_t classes) {
  Node x = b.batch_norm("norm", b.flatten("flatten", kNetworkInput));
  for (const int place : {1, 2}) {
    const std::string norm = fmt::format("norm{}", place);
    x = b.batch_norm(norm, b.linear(fmt::format("hidden{}", place), x, hidden));
    x = b.dropout(norm + ".dropout", b.relu(norm + ".relu", x));
  }
  b.linear("fc", x, classes);
}

void linear_layers(NetworkBuilder& b, std::int64_t classes) {
  b.linear("fc", b.batch_norm("norm", b.flatten("flatten", kNetworkInput)), classes);
}

void backbone_layers(NetworkBuilder& b, const Network& rest, std::int64_t classes) {
  for (const Layer& layer : rest.layers) b.repeat(layer, layer.inputs);
  const Node x = static_cast<Node>(rest.layers.size()) - 1;
  classifier(b, b.adaptive_average_pool("mean", x, 1, Written::kFunction), classes);
}

NetworkInfo head_row(const std::string& kind, const Backbone& backbone, const Cut& cut) {
  return {
      fmt::format("{}-head-{}", kind, cut.text()), "head", map_shape(backbone.output_shape(cut)), kClasses,
      [kind, cut](const MapShape& in, std::int64_t classes) { return head_network(kind, cut, in, classes); }};
}

}  // namespace

std::vector<std::string> head_kinds() {
  std::vector<std::string> kinds;
  for (const Backbone& backbone : backbones()) kinds.push_back(backbone.name());
  kinds.insert(kinds.end(), {std::string(kMlp), std::string(kNormMlp), std::string(kLinear)});
  return kinds;
}

std::string parse_head_kind(std::string_view text) {
  const std::vector<std::string> kinds = head_kinds();
  if (text == "resnet") return "resnet18";
  if (std::find(kinds.begin(), kinds.end(), text) != kinds.end()) return std::string(text);
  throw UserError(
      fmt::format("unknown head '{}': choose resnet (which is resnet18), {}", text, listed(kinds)));
}

bool takes_any_maps(std::string_view kind) {
  return kind == kMlp || kind == kNormMlp || kind == kLinear;
}

Network head_network(std::string_view kind, const Cut& after, const MapShape& maps, std::int64_t classes,
                     std::int64_t hidden) {
  NetworkBuilder b(fmt::format("{}-head-{}", kind, after.text()), maps);
  if (kind == kMlp)
    mlp_layers(b, classes);
  else if (kind == kNormMlp)
    norm_mlp_layers(b, hidden, classes);
  else if (kind == kLinear)
    linear_layers(b, classes);
  else
    backbone_layers(b, find_backbone(kind).rest(after, maps), classes);
  return std::move(b).finish(classes);
}

std::vector<NetworkInfo> cut_networks() {
  std::vector<NetworkInfo> rows;
  for (const Backbone& backbone : backbones())
    for (const Cut& cut : backbone.cuts())
      rows.push_back({fmt::format("{}-encoder-{}", backbone.name(), cut.text()), "encoder",
                      map_shape(kImageShape), 0, [&backbone, cut](const MapShape& in, std::int64_t) {
                        return fold_norms(backbone.front(cut, sides(in)));
                      }});
  const auto add_heads = [&](const std::string& kind, const Backbone& backbone) {
    rows.push_back(head_row(kind, backbone, Cut()));
    for (const Cut& cut : backbone.cuts()) rows.push_back(head_row(kind, backbone, cut));
  };
  for (const Backbone& backbone : backbones()) add_heads(backbone.name(), backbone);
  add_heads(std::string(kMlp), backbones().front());
  return rows;
}

}  // namespace packrat
