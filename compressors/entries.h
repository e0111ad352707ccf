#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// N entries, back to back. Entry i is bytes [offset[i], offset[i+1]); offset has N+1 elements, the first 0.
struct EntryBatch {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int64_t> offset{0};
  std::int64_t count() const { return static_cast<std::int64_t>(offset.size()) - 1; }
  /// All of them; valid while the batch is.
  std::vector<ByteView> entries() const;
  ByteView entry(std::int64_t i) const {
    const auto begin = offset[static_cast<std::size_t>(i)], end = offset[static_cast<std::size_t>(i) + 1];
    return {bytes.data() + begin, static_cast<std::size_t>(end - begin)};
  }
  /// Appends `count` entries of `size` bytes each, all 0; returns the first byte of the first, to be filled.
  std::uint8_t* append(std::int64_t count, std::int64_t size);
};

/// What bytes of an entry are for: values or codes; which values are kept; ranges and the like, needed to
/// read them.
enum class Part { kValues, kIndex, kSide };

/// "values", "index", "side".
std::string_view part_name(Part part);

/// What a piece of an entry is made of, for entropy coders: packed codes, or values of
/// some bytes.
struct Symbols {
  std::int64_t codes = 0;  ///< packed codes (FORMAT.md); 0: plain bytes
  int code_bits = 8;
  int value_bytes = 1;  ///< of plain bytes: byte i of a value has little to do with the others
};

/// A piece of every entry, of the same size in each.
struct EntryPart {
  Part part = Part::kValues;
  std::string what;  ///< "Elias-Fano, 4 low bits", for tables
  std::int64_t bytes = 0;
  Symbols symbols = {};
  std::string stage = {};  ///< spec of the stage that writes it; Codec::parts() fills it in
};

/// Bytes that all entries share, by what they are for.
struct SharedBytes {
  std::int64_t encoder = 0;  ///< what only encoding needs: an autoencoder's first half
  std::int64_t decoder = 0;  ///< what only decoding needs: its second half
  std::int64_t other = 0;    ///< ranges, codebooks and the like, which both need
  std::int64_t total() const { return encoder + decoder + other; }
};

}  // namespace packrat
