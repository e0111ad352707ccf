#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// Shape of one image's feature map. A vector of n values is n x 1 x 1.
struct MapShape {
  std::int64_t channels = 1, height = 1, width = 1;
  std::int64_t values() const { return channels * height * width; }

  friend bool operator==(const MapShape& a, const MapShape& b) {
    return a.channels == b.channels && a.height == b.height && a.width == b.width;
  }
  friend bool operator!=(const MapShape& a, const MapShape& b) { return !(a == b); }
};

/// Channels, height, width.
using Shape3 = std::array<std::int64_t, 3>;

inline MapShape map_shape(const Shape3& sides) {
  return {sides[0], sides[1], sides[2]};
}
inline Shape3 sides(const MapShape& shape) {
  return {shape.channels, shape.height, shape.width};
}

/// "3x224x224"; a vector is "1000".
std::string map_text(const MapShape& shape);

/// Reads CxHxW, or C for a vector; every side from 1 to 65 536, at most 2^28 values. UserError on anything
/// else.
MapShape parse_map_shape(std::string_view text);

enum class LayerKind {
  kConvolution,
  kTransposedConvolution,
  kLinear,
  kBatchNorm,
  kRelu,
  kRelu6,  ///< at most 6
  kSigmoid,
  kDropout,
  kMaxPool,
  kAveragePool,
  kAdaptiveAveragePool,
  kAdd,           ///< of two maps of one shape
  kConcat,        ///< of channels
  kHalfChannels,  ///< the first or the second half of the channels
  kShuffle,       ///< of channels: an order, no arithmetic
  kFlatten,       ///< a map becomes a vector
};

/// "convolution", "batch norm".
std::string_view layer_kind_name(LayerKind kind);

/// Rows and columns.
struct Window {
  constexpr Window(std::int64_t side) : height(side), width(side) {}  // NOLINT: a square one is its side
  constexpr Window(std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {}
  std::int64_t height, width;
  constexpr std::int64_t area() const { return height * width; }
  constexpr std::array<std::int64_t, 2> sides() const { return {height, width}; }
};

/// One layer, with its shapes. Plain data: any rule can count it.
struct Layer {
  std::string name;  ///< torchvision's name of the module, where there is one: "layer3.0.conv1"
  LayerKind kind = LayerKind::kRelu;
  MapShape in, out;         ///< of the first input, and of the output
  std::vector<int> inputs;  ///< places in Network::layers, all earlier ones; kNetworkInput is the input
  Window kernel = 1, stride = 1, padding = 0;  ///< convolutions and pools
  bool round_up = false;                       ///< pools: LibTorch's ceil_mode
  std::int64_t groups = 1;                     ///< convolutions
  bool bias = false;                           ///< convolutions and linear layers
  double epsilon = 1e-5;                       ///< batch norms
  std::string folded_norm;  ///< convolutions: the batch norm that fold_norms() put into them
  bool is_module = true;    ///< false: written as a function call, which counters of modules do not see

  /// Numbers that are multiplied with inputs: kernels and matrices, without biases and batch norms.
  std::int64_t weights() const;
  /// Trained numbers: weights, biases, and two for each channel of a batch norm.
  std::int64_t parameters() const;
};

inline constexpr int kNetworkInput = -1;

/// A network for one image (batch 1), its layers in the order they are computed; the last one is its output.
struct Network {
  std::string name;
  MapShape input;
  std::int64_t classes = 0;  ///< 0: it does not classify
  std::vector<Layer> layers;

  const MapShape& output() const { return layers.empty() ? input : layers.back().out; }
};

/// Name and shape of a trained or tracked tensor, as LibTorch's state dicts have them.
struct TensorShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// What a state dict of the network holds: kernels [out, in/groups, k, k] (transposed: [in, out/groups, k,
/// k]), matrices [out, in], biases, and batch norms' weight, bias, running_mean and running_var; their
/// num_batches_tracked, scalars that old files lack, are left out.
std::vector<TensorShape> state_shapes(const Network& network);
std::vector<TensorShape> state_shapes(const Layer& layer);

}  // namespace packrat
