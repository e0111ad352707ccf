#pragma once
#include <string>
#include <vector>

#include "engine/topology/network.h"

namespace packrat {

/// Places in the network under construction: a layer, or its input.
using Node = int;

struct ConvolutionSpec {
  ConvolutionSpec(std::int64_t channels, Window window) : out_channels(channels), kernel(window) {}
  ConvolutionSpec& with_stride(Window value) { return stride = value, *this; }
  ConvolutionSpec& with_padding(Window value) { return padding = value, *this; }
  ConvolutionSpec& with_groups(std::int64_t value) { return groups = value, *this; }
  ConvolutionSpec& with_bias() { return bias = true, *this; }

  std::int64_t out_channels;
  Window kernel, stride = 1, padding = 0;
  std::int64_t groups = 1;
  bool bias = false;
};

struct PoolSpec {
  Window kernel, stride, padding = 0;
  bool round_up = false;  ///< LibTorch's ceil_mode
};

/// Whether a network calls a layer as a module or as a function; some counting rules see modules only.
enum class Written { kModule, kFunction };

/// What stands behind a convolution.
struct NormRelu {
  double epsilon = 1e-5;
  LayerKind relu = LayerKind::kRelu;
};

/// Lists a network's layers one after another and works out their shapes, by LibTorch's formulas. Every
/// function appends one layer and returns its place. UserError when a map is too small for a window;
/// std::logic_error when the description contradicts itself.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, const MapShape& input);

  const MapShape& shape(Node node) const;

  Node convolution(std::string name, Node in, const ConvolutionSpec& spec);
  /// out = (in - 1) * stride - 2 * padding + kernel
  Node transposed_convolution(std::string name, Node in, const ConvolutionSpec& spec);
  /// Takes all values of the map, flattened.
  Node linear(std::string name, Node in, std::int64_t features, bool bias = true);
  Node batch_norm(std::string name, Node in, double epsilon = 1e-5);
  Node relu(std::string name, Node in);
  Node sigmoid(std::string name, Node in);
  Node dropout(std::string name, Node in);
  Node max_pool(std::string name, Node in, const PoolSpec& spec);
  Node average_pool(std::string name, Node in, const PoolSpec& spec, Written written = Written::kModule);
  /// To height x width, from maps of any size.
  Node adaptive_average_pool(std::string name, Node in, Window size, Written written = Written::kModule);
  Node add(std::string name, Node first, Node second);
  Node concat(std::string name, const std::vector<Node>& parts);
  Node half_channels(std::string name, Node in);
  Node shuffle(std::string name, Node in);
  Node flatten(std::string name, Node in);

  /// A convolution, its batch norm, and ReLU or ReLU6.
  Node convolution_norm_relu(const std::string& convolution, const std::string& norm, Node in,
                             const ConvolutionSpec& spec, NormRelu behind = {});
  /// A layer of another network, with these inputs: it is the same but for its shapes.
  Node repeat(Layer layer, std::vector<Node> inputs);

  Network finish(std::int64_t classes = 0) &&;

 private:
  Node append(LayerKind kind, std::string name, Node in) {
    return repeat(layer_of(kind, std::move(name)), {in});
  }
  static Layer layer_of(LayerKind kind, std::string name);
  MapShape output_of(const Layer& layer) const;

  Network network_;
};

}  // namespace packrat
