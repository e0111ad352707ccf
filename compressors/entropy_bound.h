#pragma once
#include <optional>

#include "compressors/codec.h"

namespace packrat {

/// Zeroth-order entropy of what a codec's stages write, in bits an entry: what it takes at least to write
/// every symbol on its own (a code; a byte of what is no code), with a coder that knew how often each comes
/// in these very entries.
struct EntropyBound {
  double values = 0;  ///< of values and codes
  double other = 0;   ///< of ranges and indexes
  double all() const { return values + other; }
};

/// rows: at least one. nullopt when plain entries differ in size, which then are streams of another coder.
std::optional<EntropyBound> entropy_bound(const Codec& codec, ConstRows rows);

}  // namespace packrat
