#pragma once
#include <cstdint>
#include <vector>

namespace packrat {

/// One step of a codec, as the cost formulas see it.
struct StageDescription {
  enum class Kind {
    kNone,
    kQuantization,
    kThinning,
    kCodebook,             ///< any k levels, kept once
    kHalf,                 ///< 16 bits a value
    kProductQuantization,  ///< a code for each part of the channels at each position
    kResize,               ///< smaller images, one byte a pixel and channel
    kVariable,             ///< entries differ in size
    kConvolutional,        ///< autoencoders, learned: latents of channels x height x width / 4^blocks values,
    kFullyConnected,       ///< ... or of `size` values; the next stage codes them
    kVariational,
    kEntropy,  ///< behind the others: whole entries made smaller, so that they differ in size
  };
  /// Thinning: how the kept coordinates are written.
  enum class Index { kCoordinates, kPacked, kBitmap, kDelta, kEliasFano, kSmallest };

  Kind kind = Kind::kNone;
  std::int64_t states = 0;        ///< quantization, codebook: k >= 2
  bool local = false;             ///< quantization: lo and hi per entry (local) or once for all (transfer)
  double compression_factor = 0;  ///< thinning: the part of the values that is deleted, 0 <= f < 1
  Index index = Index::kCoordinates;
  bool zero_exact = false;     ///< quantization: one state is 0, so that lo need not be kept
  bool per_channel = false;    ///< quantization: a range for each channel
  std::int64_t subspaces = 0;  ///< product quantization
  std::int64_t bits = 0;       ///< product quantization: of a code
  std::int64_t size = 0;       ///< resize: height and width; autoencoders: channels or values of the latent
  std::int64_t depth = 0;      ///< autoencoders: blocks, or layers each way
  std::int64_t width = 0;      ///< variational: of the hidden layer
};

/// What is stored, without saying how: the input of the cost formulas.
struct StorageDescription {
  std::int64_t values = 0;               ///< values per entry before the codec
  bool pixels = false;                   ///< uint8 pixels (no encoder) rather than float32 features
  std::int64_t slots = 0;                ///< N
  std::vector<StageDescription> stages;  ///< in encoding order; empty is the same as one kNone
  std::int64_t channels = 1;             ///< of the map or image; each has values / channels positions
};

}  // namespace packrat
