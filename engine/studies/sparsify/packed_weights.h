#pragma once
#include <cstdint>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// Weights of one tensor, some of which are kept.
struct MaskedWeights {
  const float* values;     ///< [parts, count]; of complex weights real parts first
  const float* keep;       ///< [count], 0: dropped
  std::int64_t count = 0;  ///< at least 1
  std::int64_t parts = 1;
};

/// What they take in a file.
struct PackedBytes {
  std::int64_t index = 0;   ///< places, with their lengths
  std::int64_t values = 0;  ///< float32
};

/// Appends the kept weights, block by block of at most 65536 places:
///
///   kept     LEB128; when it is 0 the block ends here, when it is the whole block `values` come next
///   layout   1 byte: IndexLayout + 8 * bits of an index field (compressors/kernels/sparse_index.h)
///   length   LEB128, bytes of the index
///   index    of the places within the block, in the layout of fewest bytes for them
///   values   float32 [parts, kept], little-endian
PackedBytes write_kept_weights(const MaskedWeights& weights, std::vector<std::uint8_t>& out);

/// The inverse, into `values` [parts, count] and `keep` [count], which are all 0. CorruptEntry when
/// write_kept_weights() never leaves such bytes.
void read_kept_weights(ByteReader& reader, std::int64_t count, std::int64_t parts, float* values,
                       float* keep);

}  // namespace packrat
