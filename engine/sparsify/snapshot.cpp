#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/core/build_info.h"
#include "engine/sparsify/sparsification.h"

namespace packrat {
namespace {

using Json = nlohmann::ordered_json;

Json options_of(const SparsifyRecipe& r, const PixelData& data) {
  const double kl_scale = r.kl_scale > 0 ? r.kl_scale : 1.0 / static_cast<double>(data.train.count());
  return {{"model", r.model},
          {"dataset", data.dataset},
          {"train_images", data.train.count()},
          {"validation_images", data.validation.count()},
          {"method", r.method},
          {"complex", r.complex},
          {"C", r.c},
          {"kl_scale", kl_scale},
          {"threshold", r.threshold},
          {"epochs", r.epochs},
          {"early_stop", r.early_stop},
          {"patience", r.early.patience},
          {"cooldown", r.early.cooldown},
          {"rtol", r.early.rtol},
          {"atol", r.early.atol},
          {"schedule", r.schedule},
          {"lr", r.lr},
          {"clip_norm", r.clip_norm},
          {"batch_size", r.batch_size},
          {"seed", r.seed}};
}

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
  json["options"] = options_of(recipe, data);
  return json.dump(2) + "\n";
}

}  // namespace packrat
