#pragma once
#include "engine/cost/storage_description.h"

namespace packrat {

using Kind = StageDescription::Kind;

inline StageDescription no_codec() {
  return {};
}
inline StageDescription quantization(std::int64_t states, bool local) {
  return {Kind::kQuantization, states, local, 0};
}
inline StageDescription thinning(double factor) {
  return {Kind::kThinning, 0, false, factor};
}

/// ResNet-34 cut after block 3: 256 x 2 x 2 values.
inline StorageDescription features(std::int64_t slots, std::vector<StageDescription> stages) {
  return {1024, false, slots, std::move(stages)};
}
/// 3 x 32 x 32 pixels.
inline StorageDescription pixels(std::int64_t slots, std::vector<StageDescription> stages) {
  return {3072, true, slots, std::move(stages)};
}

}  // namespace packrat
