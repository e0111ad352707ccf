#include "engine/cost/exact_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace packrat {
namespace {

using Kind = StageDescription::Kind;

void check(const StageDescription& stage) {
  if (stage.kind == Kind::kQuantization && stage.states < 2)
    throw UserError(fmt::format("{} quantization states: give at least 2", stage.states));
  if (stage.kind == Kind::kThinning && !(stage.compression_factor >= 0 && stage.compression_factor < 1))
    throw UserError(
        fmt::format("compression factor {}: give a number from 0 to below 1", stage.compression_factor));
}

std::int64_t coordinate_bytes(std::int64_t values) {
  return (bits_for(std::max<std::int64_t>(values, 2)) + 7) / 8;
}

}  // namespace

std::int64_t bits_for(std::int64_t states) {
  std::int64_t bits = 0;
  while ((std::int64_t{1} << bits) < states) ++bits;
  return bits;
}

std::int64_t kept_values(std::int64_t values, double compression_factor) {
  const auto deleted = std::ceil(static_cast<double>(values) * compression_factor - 1e-9);
  return values - std::min(static_cast<std::int64_t>(deleted), values - 1);
}

void check(const StorageDescription& description) {
  if (description.values < 1)
    throw UserError(fmt::format("{} values per entry: give at least 1", description.values));
  if (description.slots < 1) throw UserError(fmt::format("{} slots: give at least 1", description.slots));
  for (std::size_t i = 0; i < description.stages.size(); ++i) {
    const StageDescription& stage = description.stages[i];
    check(stage);
    if (stage.kind != Kind::kThinning && i + 1 < description.stages.size())
      throw UserError(fmt::format("stage {} of the codec stores the values: nothing can follow it", i + 1));
  }
}

ExactCost exact_cost(const StorageDescription& description) {
  check(description);
  ExactCost cost;
  cost.slots = description.slots;
  std::int64_t width = description.values;
  for (const StageDescription& stage : description.stages) {
    if (stage.kind == Kind::kThinning) {
      const std::int64_t kept = kept_values(width, stage.compression_factor);
      cost.entry_values += kept * coordinate_bytes(width);
      width = kept;
    } else if (stage.kind == Kind::kQuantization) {
      cost.entry_values += (width * bits_for(stage.states) + 7) / 8;
      (stage.local ? cost.entry_side : cost.shared) = 8;
      return cost;
    }
  }
  cost.entry_values += width * (description.pixels ? 1 : 4);
  return cost;
}

}  // namespace packrat
