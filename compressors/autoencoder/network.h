#pragma once
#include "compressors/autoencoder/layer.h"

namespace packrat {

/// Layers in a row. Their parameters are an argument: one vector, layer after layer.
class CodingNetwork {
 public:
  /// At least one layer, each as wide as the one before it gives.
  explicit CodingNetwork(CodingLayers layers);

  std::int64_t width_in() const { return layers_.front()->width_in(); }
  std::int64_t width_out() const { return layers_.back()->width_out(); }
  const CodingLayers& layers() const { return layers_; }
  /// Float32 values that the network learns.
  std::int64_t parameters() const { return offset_.back(); }
  /// Where the parameters of a layer begin.
  std::int64_t offset(std::size_t layer) const { return offset_[layer]; }

  /// in: [N, width_in()], out: [N, width_out()], overwritten. All rows go through a layer together, in pieces
  /// that keep what lies between the layers small.
  void forward(const float* parameters, ConstRows in, Rows out) const;

 private:
  void forward_piece(const float* parameters, ConstRows in, Rows out) const;

  CodingLayers layers_;
  std::vector<std::int64_t> offset_;  // one more than layers
};

/// An encoder that narrows rows to latents and a decoder that widens them again.
struct Autoencoder {
  CodingNetwork encoder, decoder;
  /// The encoder gives the mean and behind it the log variance of a latent; the decoder gives logits of
  /// values between 0 and 1 (Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014).
  bool variational = false;

  std::int64_t latent() const { return decoder.width_in(); }
  std::int64_t parameters() const { return encoder.parameters() + decoder.parameters(); }
};

// The autoencoders of the papers, on rows of maps as they are stored, channel after channel. Widths and
// activations are those of engine/topology/autoencoders.h, which lists the same networks for counting; a test
// compares the two.

/// `blocks` times 3x3 convolution, ReLU, 2x2 max pool: from the map's channels over max((channels + C) / 2,
/// 16) to `channels`; back by 2x2 transposed convolutions, ReLU after all but the last. UserError when the
/// map cannot be halved so often, or the latent is not smaller than the map.
Autoencoder convae_networks(const MapSize& map, std::int64_t channels, std::int64_t blocks);

/// `layers` linear layers each way over widths round(n / d^i), d = (neurons / n)^(-1 / layers), then
/// `neurons`; ReLU after all but the decoder's last. UserError unless neurons < n.
Autoencoder fcae_networks(std::int64_t n, std::int64_t neurons, std::int64_t layers);

/// n -> width, ReLU -> mean and log variance of the latent; latent -> width, ReLU -> n logits. UserError
/// unless latent < n.
Autoencoder vae_networks(std::int64_t n, std::int64_t latent, std::int64_t width);

}  // namespace packrat
