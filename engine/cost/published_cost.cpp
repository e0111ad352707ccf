#include "engine/cost/published_cost.h"

#include <algorithm>
#include <vector>

#include "compressors/registry.h"
#include "compressors/stage_cost.h"

namespace packrat {
namespace {

constexpr double kCoordinateBytes = 2;
constexpr double kBinMiddleBytes = 4;

double values_of(const StorageDescription& d) {
  return static_cast<double>(d.domain.values());
}

PublishedCost none(const StorageDescription& d) {
  PublishedCost cost;
  cost.entry_values = static_cast<double>(value_bytes(d.domain)) * values_of(d);
  return cost;
}

PublishedCost quantization(const StorageDescription& d, const StageOptions& options) {
  const std::int64_t states = options.integer("states", 2, 256);
  PublishedCost cost;
  cost.entry_values = static_cast<double>((bits_for(states) * d.domain.values() + 7) / 8);
  (options.text("range") == "local" ? cost.entry_side : cost.shared) =
      kBinMiddleBytes * static_cast<double>(states);
  cost.divisor = 8;
  return cost;
}

PublishedCost thinning(const StorageDescription& d, const StageOptions& options) {
  const auto kept_bytes = static_cast<double>(value_bytes(d.domain)) + kCoordinateBytes;
  PublishedCost cost;
  cost.entry_values = values_of(d) * (1 - options.number("factor", 0, 1)) * kept_bytes;
  return cost;
}

bool one_of(std::int64_t size, const std::vector<std::int64_t>& sizes) {
  return std::find(sizes.begin(), sizes.end(), size) != sizes.end();
}

/// Latents as float32, and the model size that the notebooks add: twice the encoder half, and once the whole
/// model instead (fully connected, 16 of 3072 values).
PublishedCost autoencoder(const StorageDescription& d, bool whole_model) {
  const StageCost exact = stage_costs(d.codec, d.domain)->front();
  PublishedCost cost;
  cost.entry_values = static_cast<double>(exact.values);
  cost.shared = static_cast<double>(whole_model ? exact.shared.total() : 2 * exact.shared.encoder);
  return cost;
}

/// The notebooks name sizes for these settings alone.
std::optional<PublishedCost> convolutional(const StorageDescription& d, const StageOptions& options) {
  const bool named = d.domain.pixels && d.domain.values() == 3072 && options.text("blocks") == "2" &&
                     one_of(options.integer("channels", 1, 4096), {1, 2, 4, 8, 16});
  return named ? std::optional(autoencoder(d, false)) : std::nullopt;
}

std::optional<PublishedCost> fully_connected(const StorageDescription& d, const StageOptions& options) {
  const std::int64_t neurons = options.integer("neurons", 1, 65536), values = d.domain.values();
  const bool named = options.text("layers") == "6" && values == (d.domain.pixels ? 3072 : 1024) &&
                     one_of(neurons, {2, 4, 8, 16, 32, 64});
  return named ? std::optional(autoencoder(d, neurons == 16 && values == 3072)) : std::nullopt;
}

std::optional<PublishedCost> cost_of_stage(const StorageDescription& d, const StageSpec& stage) {
  const StageOptions& options = stage.options;
  if (stage.name == "none") return none(d);
  if (stage.name == "quantize" && options.text("zero") == "binned" && options.text("per") == "map")
    return quantization(d, options);
  if (stage.name == "thin" && options.text("index") == "coordinates16") return thinning(d, options);
  if (stage.name == "convae") return convolutional(d, options);
  if (stage.name == "fcae") return fully_connected(d, options);
  return std::nullopt;
}

}  // namespace

std::optional<PublishedCost> published_cost(const StorageDescription& description) {
  check(description);
  if (description.codec.stages().size() > 1) return std::nullopt;
  std::optional<PublishedCost> cost = cost_of_stage(description, description.codec.stages().front());
  if (cost) cost->slots = description.slots;
  return cost;
}

}  // namespace packrat
