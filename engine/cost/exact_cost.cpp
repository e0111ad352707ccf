#include "engine/cost/exact_cost.h"

#include <fmt/format.h>

#include "compressors/registry.h"
#include "compressors/stage_cost.h"
#include "engine/core/error.h"

namespace packrat {

void check(const StorageDescription& description) {
  if (description.slots < 1) throw UserError(fmt::format("{} slots: give at least 1", description.slots));
}

std::optional<ExactCost> exact_cost(const StorageDescription& description) {
  check(description);
  const auto stages = stage_costs(description.codec, description.domain);
  if (!stages) return std::nullopt;
  ExactCost cost;
  cost.slots = description.slots;
  for (const StageCost& stage : *stages) {
    cost.entry_values += stage.values;
    cost.entry_index += stage.index;
    cost.entry_side += stage.side;
    cost.shared += stage.shared.total();
  }
  return cost;
}

}  // namespace packrat
