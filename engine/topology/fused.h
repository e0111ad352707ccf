#pragma once
#include <optional>
#include <vector>

#include "engine/topology/network.h"

namespace packrat {

inline constexpr int kNothing = -2;

/// A convolution or linear layer and what follows it before its map is needed elsewhere, in this order: batch
/// norm, another map added, ReLU, a max pool.
struct FusedLayer {
  int place = 0;  ///< of `layer` in the network
  Layer layer;    ///< the convolution or linear layer
  std::optional<Layer> norm;
  bool relu = false;
  std::optional<Layer> pool;
  bool averages = false;     ///< its input is first averaged over all positions
  int from = kNetworkInput;  ///< whose output it takes: a place in the list
  int add = kNothing;        ///< whose output is added, or kNetworkInput; kNothing: none
};

/// The network as a list of such layers, in the order in which their outputs are complete. UserError for
/// networks of other layers, such as grouped convolutions and ReLU6.
std::vector<FusedLayer> fused_layers(const Network& network);

}  // namespace packrat
