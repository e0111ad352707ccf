#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/progress.h"
#include "engine/topology/backbone.h"
#include "models/schedule.h"
#include "models/state_dict.h"

namespace packrat {

/// In what the encoder holds its weights and computes. Features are float32 either way.
enum class EncoderType { kFloat32, kBFloat16 };

/// "float32" or "bfloat16"; UserError on anything else.
EncoderType parse_encoder_type(std::string_view text);
std::string_view encoder_type_name(EncoderType type);

struct EncoderOptions {
  EncoderType type = EncoderType::kFloat32;
  int threads = 1;  ///< batches encoded side by side; features do not depend on it
  c10::Device device = c10::Device(c10::kCPU);
  std::int64_t batch = 256;    ///< images a batch; batches start at multiples of it
  Shape3 image = kImageShape;  ///< of the images that encode() takes
};

/// The frozen part of a network before the cut: images in, feature maps out. Batch norms are folded into the
/// convolutions (in float64), and on a CPU the weights lie in oneDNN's own blocked layout. Immutable; safe to
/// use from several threads at once.
class Encoder {
 public:
  /// weights: torchvision's names; layers behind the cut are ignored. UserError names every tensor that
  /// is missing, has the wrong shape, stands in a needed layer without belonging there, or holds NaN,
  /// infinite values or negative variances; and refuses a cut of none.
  Encoder(const Backbone& backbone, const Cut& cut, const StateDict& weights, EncoderOptions options = {});
  /// The same for maps from several cuts, each deeper than the one before; layers behind the last are
  /// ignored. One pass through the network gives all of them.
  Encoder(const Backbone& backbone, std::vector<Cut> cuts, const StateDict& weights,
          EncoderOptions options = {});

  /// The deepest.
  const Cut& cut() const { return cuts_.back(); }
  const std::vector<Cut>& cuts() const { return cuts_; }
  const EncoderOptions& options() const { return options_; }
  /// Shape of one image's map after the deepest cut.
  Shape3 output_shape() const { return backbone_->output_shape(cut(), options_.image); }
  /// Values of an image's maps after all cuts.
  std::int64_t output_values() const;

  /// Encodes `count` images (planes, uint8, [count, 3, height, width] of options().image). A pixel p of
  /// channel c enters the network as (p/255 - mean[c]) / std[c]. out: float32 [count, output_values()], an
  /// image's maps [C, H, W] one behind the other in the order of cuts(), overwritten. Throws Interrupted
  /// between batches when stop_requested(). progress is called by one thread at a time.
  void encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
              const std::array<float, 3>& std, float* out, const ProgressFn& progress = {}) const;

  /// images: float32 [B, 3, H, W], normalised, on any device. Returns the maps after the deepest cut, float32
  /// [B, C, H', W'], contiguous, on the encoder's device, without gradient. Runs with as many intra-operation
  /// threads as the caller's LibTorch.
  at::Tensor forward(const at::Tensor& images) const { return forward_all(images).back(); }
  /// The same after every cut.
  std::vector<at::Tensor> forward_all(const at::Tensor& images) const;

  /// Bytes of weights and biases, as they are held: what the ledger charges.
  std::int64_t parameter_bytes() const { return parameter_bytes_; }

 private:
  struct Convolution {
    at::Tensor weight, bias;
  };

  Convolution folded(const Layer& layer, const StateDict& weights);
  at::Tensor enter(const at::Tensor& images) const;
  at::Tensor leave(const at::Tensor& maps) const;
  at::Tensor compute(const Turn& turn, std::vector<at::Tensor>& values) const;

  const Backbone* backbone_;
  std::vector<Cut> cuts_;
  EncoderOptions options_;
  bool blocked_layout_ = false;
  std::int64_t parameter_bytes_ = 0;
  Network network_;                        // up to the deepest cut, batch norms folded
  std::vector<int> cut_layers_;            // behind which maps are taken
  std::vector<Turn> turns_;                // of the network's layers
  std::vector<Convolution> convolutions_;  // by layer; others are empty
};

}  // namespace packrat
