#pragma once
#include <optional>

#include "engine/cost/storage_description.h"

namespace packrat {

/// The bytes that a perfect implementation of a codec needs, from first principles. Labels are not the
/// codec's: they are not here.
struct ExactCost {
  std::int64_t entry_values = 0;  ///< values or codes of one entry
  std::int64_t entry_index = 0;   ///< which values are kept
  std::int64_t entry_side = 0;    ///< what else every entry needs to be read back: lo and hi of a local range
  /// needed once for all entries: lo and hi of a transferred range, codebooks, weights
  std::int64_t shared = 0;
  std::int64_t slots = 0;

  std::int64_t entry_bytes() const { return entry_values + entry_index + entry_side; }
  std::int64_t total() const { return entry_bytes() * slots + shared; }
};

/// The sum over the stages, each by the formula in its own file (StageCost). nullopt when entries differ in
/// size. UserError for values out of range and for a stage behind one that ends the chain.
std::optional<ExactCost> exact_cost(const StorageDescription& description);

}  // namespace packrat
