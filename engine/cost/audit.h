#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/cost/byte_ledger.h"
#include "engine/cost/storage_description.h"

namespace packrat {

/// One reason why two totals differ, and by how much.
struct AuditPart {
  std::string why;   ///< "the published total divides bytes by 8 again"
  double bytes = 0;  ///< never 0; negative when the reason makes the later total smaller
};

/// Published, exact and measured bytes side by side.
struct AuditRow {
  std::optional<double> published_mib;      ///< nullopt: no figure is published for this codec
  std::optional<std::int64_t> exact_bytes;  ///< for all slots; nullopt: entries differ in size
  std::int64_t measured_bytes = 0;          ///< ByteLedger::buffer_total()
  std::optional<double> exact_over_published, measured_over_published, measured_over_exact;

  /// published_mib * 2^20 plus these is exact_bytes; empty without a published figure.
  std::vector<AuditPart> published_to_exact;
  /// exact_bytes plus these is measured_bytes; empty without an exact formula.
  std::vector<AuditPart> exact_to_measured;
  /// All of it in words, one line.
  std::string sentence;
};

/// measured: the ledger of a buffer with `held` entries in the slots that `description` names. The parts are
/// found by comparing the totals term by term, whatever the codec.
AuditRow audit(const StorageDescription& description, const ByteLedger& measured, std::int64_t held);

/// What of a buffer's measured bytes is not the exact formula's, to the byte: the payload of the `held`
/// entries, or what the codec shares. One line; empty when all of it is, and when entries differ in size, for
/// which there is no formula. Labels, index and slack are no codec's: they have no formula either.
std::string disagreement(const StorageDescription& description, const ByteLedger& measured,
                         std::int64_t held);

}  // namespace packrat
