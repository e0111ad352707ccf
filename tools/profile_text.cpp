#include "tools/profile_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/report/table.h"

namespace packrat {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

std::string text(std::int64_t number) {
  return fmt::format("{}", number);
}

std::string csv(const Rows& rows) {
  std::string all;
  for (const auto& row : rows) all += fmt::format("{}\n", fmt::join(row, ","));
  return all;
}

int widest(const Profile& profile) {
  return *std::max_element(profile.bits.begin(), profile.bits.end());
}

Rows layer_rows(const Profile& profile, const std::vector<std::string>& heading, bool free_ones) {
  Rows rows{heading};
  for (std::size_t i = 0; i < profile.network.layers.size(); ++i) {
    const Layer& layer = profile.network.layers[i];
    const LayerCount& count = profile.count.layers[i];
    if (!free_ones && count.macs == 0 && count.parameters == 0 && count.activations == 0) continue;
    rows.push_back({layer.name, std::string(layer_kind_name(layer.kind)), map_text(layer.out),
                    text(count.macs), text(count.parameters),
                    text(packed_bytes(count.activations, widest(profile)))});
  }
  return rows;
}

Rows precision_rows(const Profile& profile) {
  const NetworkCount& count = profile.count;
  Rows rows{{"bits", "parameter bytes", "activation bytes", "input bytes", "ops/byte, parameters only",
             "ops/byte, all"}};
  for (const int bits : profile.bits)
    rows.push_back({text(bits), text(count.parameter_bytes(bits)), text(count.activation_bytes(bits)),
                    text(count.input_bytes(bits)), fmt::format("{:.2f}", count.weights_only_intensity(bits)),
                    fmt::format("{:.2f}", count.intensity(bits))});
  return rows;
}

std::string table(const Profile& profile) {
  const Network& network = profile.network;
  const NetworkCount& count = profile.count;
  const Rows layers = layer_rows(profile,
                                 {"layer", "type", "output", "MACs", "parameters",
                                  fmt::format("activation bytes at {} bits", widest(profile))},
                                 false);
  std::string all = fmt::format("{}, input {}, output {}\n", network.name, map_text(network.input),
                                map_text(network.output()));
  all += fmt::format("counted by {}: {}\n\n", profile.rule->name, profile.rule->summary);
  all += markdown_table(layers, 3);
  if (const std::size_t left_out = network.layers.size() - (layers.size() - 1); left_out > 0)
    all += fmt::format("{} layers that cost nothing by this rule are left out\n", left_out);
  all += fmt::format("\n{} MACs, {} operations (2 a MAC), {} parameters, {} activations\n\n", count.macs,
                     count.operations(), count.parameters, count.activations);
  return all + markdown_table(precision_rows(profile), 0);
}

Json layers_json(const Profile& profile) {
  Json layers = Json::array();
  for (std::size_t i = 0; i < profile.network.layers.size(); ++i) {
    const Layer& layer = profile.network.layers[i];
    const LayerCount& count = profile.count.layers[i];
    layers.push_back({{"name", layer.name},
                      {"type", layer_kind_name(layer.kind)},
                      {"output", {layer.out.channels, layer.out.height, layer.out.width}},
                      {"macs", count.macs},
                      {"parameters", count.parameters},
                      {"activations", count.activations}});
  }
  return layers;
}

Json profile_object(const Profile& profile) {
  const NetworkCount& count = profile.count;
  const MapShape& input = profile.network.input;
  Json precisions = Json::array();
  for (const int bits : profile.bits)
    precisions.push_back({{"bits", bits},
                          {"parameter_bytes", count.parameter_bytes(bits)},
                          {"activation_bytes", count.activation_bytes(bits)},
                          {"input_bytes", count.input_bytes(bits)},
                          {"weights_only_intensity", count.weights_only_intensity(bits)},
                          {"intensity", count.intensity(bits)}});
  return {{"network", profile.network.name},
          {"input", {input.channels, input.height, input.width}},
          {"classes", profile.network.classes > 0 ? Json(profile.network.classes) : Json()},
          {"counting", profile.rule->name},
          {"macs", count.macs},
          {"operations", count.operations()},
          {"parameters", count.parameters},
          {"activations", count.activations},
          {"precisions", precisions},
          {"layers", layers_json(profile)}};
}

Json list_json(const CountingRule& rule) {
  Json list = Json::array();
  for (const NetworkInfo& row : networks()) {
    const NetworkCount count = count_network(row.build(row.input, row.classes), rule);
    list.push_back({{"network", row.name},
                    {"family", row.family},
                    {"input", {row.input.channels, row.input.height, row.input.width}},
                    {"classes", row.classes > 0 ? Json(row.classes) : Json()},
                    {"counting", rule.name},
                    {"macs", count.macs},
                    {"parameters", count.parameters}});
  }
  return list;
}

Rows list_rows(const CountingRule& rule, const std::vector<std::string>& heading, const char* no_classes) {
  Rows rows{heading};
  for (const NetworkInfo& row : networks()) {
    const NetworkCount count = count_network(row.build(row.input, row.classes), rule);
    rows.push_back({row.name, row.family, map_text(row.input),
                    row.classes > 0 ? text(row.classes) : no_classes, text(count.macs),
                    text(count.parameters)});
  }
  return rows;
}

}  // namespace

std::string profile_text(const Profile& profile, ProfileFormat format) {
  switch (format) {
    case ProfileFormat::kJson:
      return profile_object(profile).dump(2) + "\n";
    case ProfileFormat::kCsv:
      return csv(layer_rows(profile,
                            {"layer", "type", "output", "macs", "parameters",
                             fmt::format("activation_bytes_{}", widest(profile))},
                            true));
    case ProfileFormat::kTable:
      break;
  }
  return table(profile);
}

std::string network_list_text(const CountingRule& rule, ProfileFormat format) {
  switch (format) {
    case ProfileFormat::kJson:
      return list_json(rule).dump(2) + "\n";
    case ProfileFormat::kCsv:
      return csv(list_rows(rule, {"network", "family", "input", "classes", "macs", "parameters"}, ""));
    case ProfileFormat::kTable:
      break;
  }
  return markdown_table(list_rows(rule, {"network", "family", "input", "classes", "MACs", "parameters"}, "-"),
                        3) +
         fmt::format("counted by {}: {}\n", rule.name, rule.summary);
}

}  // namespace packrat
