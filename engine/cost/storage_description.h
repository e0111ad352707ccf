#pragma once
#include <cstdint>
#include <vector>

namespace packrat {

/// One step of a codec, as the cost formulas see it.
struct StageDescription {
  enum class Kind { kNone, kQuantization, kThinning };
  Kind kind = Kind::kNone;
  std::int64_t states = 0;        ///< quantization: bins, k >= 2
  bool local = false;             ///< quantization: lo and hi per entry (local) or once for all (transfer)
  double compression_factor = 0;  ///< thinning: the part of the values that is deleted, 0 <= f < 1
};

/// What is stored, without saying how: the input of the two cost formulas.
struct StorageDescription {
  std::int64_t values = 0;               ///< values per entry before the codec
  bool pixels = false;                   ///< uint8 pixels (no encoder) rather than float32 features
  std::int64_t slots = 0;                ///< N
  std::vector<StageDescription> stages;  ///< in encoding order; empty is the same as one kNone
};

}  // namespace packrat
