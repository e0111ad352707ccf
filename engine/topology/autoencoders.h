#pragma once
#include "engine/topology/network.h"

namespace packrat {

/// The whole autoencoder, or what runs when an entry is written or read.
enum class AutoencoderPart { kWhole, kEncoder, kDecoder };

// The learned codecs of the papers. `shape` is the map that is encoded and given back, whatever the part; a
// decoder's own input is the latent.

/// Convolutional, `blocks` >= 2 blocks each way. Encoder: 3x3 convolutions (padding 1) with ReLU and 2x2 max
/// pools, from shape.channels over the middle width to `latent_channels`; decoder: 2x2 transposed
/// convolutions of stride 2 back, ReLU after all but the last. Middle width: max((latent_channels +
/// shape.channels) / 2, 16). UserError unless 2^blocks divides the map's sides.
Network convolutional_autoencoder(const MapShape& shape, std::int64_t latent_channels, int blocks,
                                  AutoencoderPart part);

/// Fully connected, `layers` layers each way over widths round(n / d^i), d = (bottleneck / n)^(-1 / layers),
/// i = 0 .. layers - 1, then `bottleneck`; n is shape.values(). ReLU after all but the decoder's last layer.
/// UserError unless 1 <= bottleneck <= n and layers >= 1.
Network fully_connected_autoencoder(const MapShape& shape, std::int64_t bottleneck, int layers,
                                    AutoencoderPart part);

/// Variational (Kingma, Welling: Auto-Encoding Variational Bayes, ICLR 2014): n -> width, ReLU -> mean and
/// log variance of the latent; the decoder takes a latent: width, ReLU -> n, sigmoid. Whole: a stored latent
/// is the mean.
Network variational_autoencoder(const MapShape& shape, std::int64_t latent, std::int64_t width,
                                AutoencoderPart part);

}  // namespace packrat
