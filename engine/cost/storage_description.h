#pragma once
#include <cstdint>

#include "compressors/codec_spec.h"
#include "compressors/rows.h"

namespace packrat {

/// What is stored: the input of the cost formulas.
struct StorageDescription {
  CodecSpec codec;
  Domain domain;           ///< what the codec encodes
  std::int64_t slots = 0;  ///< N
};

/// UserError for fewer than one slot.
void check(const StorageDescription& description);

}  // namespace packrat
