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

inline StageDescription convae(std::int64_t channels, std::int64_t blocks = 2) {
  StageDescription stage;
  stage.kind = Kind::kConvolutional;
  stage.size = channels;
  stage.depth = blocks;
  return stage;
}
inline StageDescription fcae(std::int64_t neurons, std::int64_t layers = 6) {
  StageDescription stage = convae(neurons, layers);
  stage.kind = Kind::kFullyConnected;
  return stage;
}
inline StageDescription vae(std::int64_t latent, std::int64_t width = 400) {
  StageDescription stage = convae(latent);
  stage.kind = Kind::kVariational;
  stage.width = width;
  return stage;
}

/// ResNet-34 cut after block 3: 256 x 2 x 2 values.
inline StorageDescription features(std::int64_t slots, std::vector<StageDescription> stages) {
  return {1024, false, slots, std::move(stages), 256};
}
/// 3 x 32 x 32 pixels.
inline StorageDescription pixels(std::int64_t slots, std::vector<StageDescription> stages) {
  return {3072, true, slots, std::move(stages), 3};
}

}  // namespace packrat
