#include <nlohmann/json.hpp>

#include "engine/core/build_info.h"
#include "engine/studies/sparsify/sparsification.h"
#include "engine/studies/sparsify/sparsify_options.h"

namespace packrat {
namespace {

using Json = nlohmann::ordered_json;

Json sparsity_of(const SparsityCount& count) {
  Json layers = Json::object();
  for (const TensorCount& tensor : count.tensors)
    layers[tensor.name] = {
        {"parameters", tensor.parameters}, {"zeros", tensor.zeros}, {"sparsity", tensor.sparsity()}};
  return layers;
}

/// Compression as measured in bytes; beside it stands the published one, which counts weights.
Json packed_of(const PackedExport& packed) {
  return {{"file", packed.file.empty() ? Json() : Json(packed.file.string())},
          {"bytes", packed.size.file},
          {"index_bytes", packed.size.of_weights.index},
          {"value_bytes", packed.size.of_weights.values},
          {"dense_bytes", packed.dense_bytes},
          {"compression", packed.compression()}};
}

}  // namespace

std::string snapshot_json(const SparsifyRecipe& recipe, const PixelData& data, const StageResult& result) {
  Json json{{"version", "packrat " + version()},       {"stage", stage_name(result.state.stage)},
            {"end", stage_end_text(result.state.end)}, {"epochs", result.state.epochs()},
            {"train_seconds", result.state.seconds},   {"accuracy", result.accuracy}};
  if (result.masked_accuracy) json["masked_accuracy"] = *result.masked_accuracy;
  if (result.penalty) json["penalty_nats"] = *result.penalty;
  json["parameters"] = result.count.parameters();
  json["zeros"] = result.count.zeros();
  json["compression"] = result.count.compression();
  if (result.packed) json["packed"] = packed_of(*result.packed);
  json["sparsity"] = sparsity_of(result.count);
  json["early_history"] = result.state.early.history;
  json["losses"] = result.state.losses;
  SparsifyConfig config;
  config.recipe = recipe;
  config.dataset = data.dataset;
  config.train_images = data.train.count();
  const Json options = stored_options(config);
  for (const auto& [name, value] : options.items()) {
    json["options"][name] = value;
    if (name == "train_images") json["options"]["validation_images"] = data.validation.count();
  }
  return json.dump(2) + "\n";
}

}  // namespace packrat
