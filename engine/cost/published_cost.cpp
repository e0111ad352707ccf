#include "engine/cost/published_cost.h"

#include "engine/cost/autoencoder_cost.h"
#include "engine/cost/exact_cost.h"

namespace packrat {
namespace {

constexpr double kCoordinateBytes = 2;
constexpr double kBinMiddleBytes = 4;

double value_bytes(const StorageDescription& d) {
  return d.pixels ? 1 : 4;
}

PublishedCost none(const StorageDescription& d) {
  PublishedCost cost;
  cost.entry_values = value_bytes(d) * static_cast<double>(d.values);
  return cost;
}

PublishedCost quantization(const StorageDescription& d, const StageDescription& stage) {
  PublishedCost cost;
  cost.entry_values = static_cast<double>((bits_for(stage.states) * d.values + 7) / 8);
  (stage.local ? cost.entry_side : cost.shared) = kBinMiddleBytes * static_cast<double>(stage.states);
  cost.divisor = 8;
  return cost;
}

PublishedCost thinning(const StorageDescription& d, const StageDescription& stage) {
  PublishedCost cost;
  cost.entry_values =
      static_cast<double>(d.values) * (1 - stage.compression_factor) * (value_bytes(d) + kCoordinateBytes);
  return cost;
}

PublishedCost autoencoder(const StorageDescription& d, const StageDescription& stage) {
  PublishedCost cost;
  cost.entry_values = 4 * static_cast<double>(autoencoder_cost(d, stage).latent);
  cost.shared = static_cast<double>(published_model_bytes(d, stage));
  return cost;
}

bool is_published(const StorageDescription& description) {
  const std::vector<StageDescription>& stages = description.stages;
  if (stages.empty()) return true;
  const StageDescription& stage = stages.front();
  if (is_autoencoder(stage.kind)) return stages.size() == 1 && published_model_bytes(description, stage) > 0;
  switch (stage.kind) {
    case StageDescription::Kind::kNone:
      return stages.size() == 1;
    case StageDescription::Kind::kQuantization:
      return stages.size() == 1 && !stage.zero_exact && !stage.per_channel;
    case StageDescription::Kind::kThinning:
      return stages.size() == 1 && stage.index == StageDescription::Index::kCoordinates;
    default:
      return false;
  }
}

PublishedCost one_stage(const StorageDescription& d, const StageDescription& stage) {
  if (is_autoencoder(stage.kind)) return autoencoder(d, stage);
  switch (stage.kind) {
    case StageDescription::Kind::kQuantization:
      return quantization(d, stage);
    case StageDescription::Kind::kThinning:
      return thinning(d, stage);
    default:
      return none(d);
  }
}

}  // namespace

std::optional<PublishedCost> published_cost(const StorageDescription& description) {
  check(description);
  if (!is_published(description)) return std::nullopt;
  PublishedCost cost =
      description.stages.empty() ? none(description) : one_stage(description, description.stages.front());
  cost.slots = description.slots;
  return cost;
}

}  // namespace packrat
