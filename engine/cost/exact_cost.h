#pragma once
#include "engine/cost/storage_description.h"

namespace packrat {

/// The bytes that a perfect implementation of a codec needs, from first principles. Labels are not the
/// codec's: they are not here.
struct ExactCost {
  std::int64_t entry_values = 0;  ///< values or codes, and coordinates, of one entry
  std::int64_t entry_side = 0;    ///< what else every entry needs to be read back: lo and hi of a local range
  std::int64_t shared = 0;        ///< needed once for all entries: lo and hi of a transferred range
  std::int64_t slots = 0;

  std::int64_t entry_bytes() const { return entry_values + entry_side; }
  std::int64_t total() const { return entry_bytes() * slots + shared; }
};

/// Stage after stage, n values going in:
/// - none ends the chain with 4 n bytes (n for pixels);
/// - quantization ends it with ceil(n ceil(log2 k) / 8) bytes of codes, and 8 for lo and hi: per entry
/// (local) or shared;
/// - thinning writes one coordinate (2 bytes for 257 to 65536 values) per kept value and hands the kept
/// values on; at the end
///   of a chain they are stored as they are.
/// UserError for parameters out of range and for a stage behind one that ends the chain.
ExactCost exact_cost(const StorageDescription& description);

/// ceil(log2 states): the width of one code. states >= 2.
std::int64_t bits_for(std::int64_t states);

/// Values that thinning keeps of n: n - min(ceil(n f), n - 1), where n f counts as whole when it is within
/// 1e-9 of it (0.07 * 100 is 7.000000000000001 in double arithmetic).
std::int64_t kept_values(std::int64_t values, double compression_factor);

/// UserError that names the value out of range, and the range.
void check(const StorageDescription& description);

}  // namespace packrat
