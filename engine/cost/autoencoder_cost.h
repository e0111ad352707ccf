#pragma once
#include "engine/cost/storage_description.h"

namespace packrat {

/// What an autoencoder holds, from its architecture alone (engine/topology/autoencoders.h): float32 values.
struct AutoencoderCost {
  std::int64_t encoder = 0, decoder = 0;  ///< weights and biases of the halves
  std::int64_t latent = 0;                ///< values of one entry
  std::int64_t range = 0;                 ///< variational, features: the two values that scale them to 0..1
  std::int64_t parameters() const { return encoder + decoder + range; }
};

bool is_autoencoder(StageDescription::Kind kind);

/// stage: an autoencoder, the first of the description's stages. With h = 3^2 taps and m = max(floor((c + C)
/// / 2), 16):
///
/// | stage | encoder | decoder |
/// |---|---|---|
/// | convolutional, b blocks | h C m + m, b - 2 times h m m + m, h m c + c | 4 c m + m, b - 2 times 4 m m +
/// m, 4 m C + C | | fully connected, widths w_0 .. w_L | w_i w_(i+1) + w_(i+1) | w_(i+1) w_i + w_i | |
/// variational, width w, latent z | n w + w, 2 (w z + z) | z w + w, w n + n |
AutoencoderCost autoencoder_cost(const StorageDescription& description, const StageDescription& stage);

/// The model size that the FETCH notebooks add, in bytes: twice the encoder half, and once the whole model
/// instead (fully connected, 16 of 3072 values). 0 when no size is published for the setting.
std::int64_t published_model_bytes(const StorageDescription& description, const StageDescription& stage);

}  // namespace packrat
