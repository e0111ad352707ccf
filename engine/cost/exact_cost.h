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

/// Stage after stage, n values going in. Thinning hands its kept values on, an autoencoder its latents; every
/// other stage ends the chain.
///
/// | stage | values | index | side | shared |
/// |---|---|---|---|---|
/// | none, and the end of a chain that thinning or an autoencoder ends | 4 n; pixels: n | | | |
/// | quantization | ceil(n ceil(log2 k) / 8) | | local: 8 | transfer: 8 a range |
/// | ... with exact zero | the same | | local: 4 | transfer: 4 a range |
/// | thinning | | index_bytes() | | |
/// | codebook | ceil(n ceil(log2 k) / 8) | | | 4 k |
/// | half | 2 n | | | |
/// | product quantization, m subspaces, C channels | ceil(m bits n / C / 8) | | | 4 C 2^bits |
/// | resize, C channels | C size^2 | | | |
/// | autoencoders | | | | 4 a parameter (autoencoder_cost.h) |
///
/// nullopt when the entries of a stage differ in size. UserError for parameters out of range and for a stage
/// behind one that ends the chain.
std::optional<ExactCost> exact_cost(const StorageDescription& description);

/// The bytes that say which `kept` of n values are kept: 2 a coordinate (for 257 to 65536 values; published),
/// or ceil(log2 n) bits a coordinate, or a bit a value; split into l low bits and unary high parts, kept (l +
/// 1) + floor(most / 2^l) bits for the best l, where the high parts are those of the coordinates (most = n -
/// 1: Elias 1974, Fano 1971) or of the gaps between them (most = n - kept: Rice 1979); or the least of all
/// these.
std::int64_t index_bytes(StageDescription::Index index, std::int64_t n, std::int64_t kept);

/// ceil(log2 states): the width of one code. states >= 2.
std::int64_t bits_for(std::int64_t states);

/// Values that thinning keeps of n: n - min(ceil(n f), n - 1), where n f counts as whole when it is within
/// 1e-9 of it (0.07 * 100 is 7.000000000000001 in double arithmetic).
std::int64_t kept_values(std::int64_t values, double compression_factor);

/// UserError that names the value out of range, and the range.
void check(const StorageDescription& description);

}  // namespace packrat
