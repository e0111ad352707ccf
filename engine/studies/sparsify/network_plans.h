#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/studies/sparsify/layer_shape.h"

namespace packrat {

struct NormShape {
  std::string name;  ///< "layer4.0.bn1"; empty: there is none
  double epsilon = 1e-5;
};

/// A layer and what follows it, in this order: batch norm, another output added, ReLU, pooling. Output 0 is
/// the network's input, output i that of the i-th layer, counted from 1.
struct PlannedLayer {
  LayerShape shape;
  bool relu = false;
  std::int64_t pool = 1;   ///< side of the windows over which the ReLU is averaged
  bool stem_pool = false;  ///< the largest of 3x3 windows, stride 2, as behind a ResNet's first convolution
  NormShape norm = {};
  std::int64_t from = -1;  ///< the output that this layer takes; -1: of the layer before
  std::int64_t add = -1;   ///< the output that is added (a residual connection); -1: none
};

/// A network that can be sparsified.
struct NetworkPlan {
  std::string name, summary;
  /// The layers for images of [channels, side, side].
  std::function<std::vector<PlannedLayer>(std::array<std::int64_t, 3> image, std::int64_t classes)> layers;
};

/// The one table: simpleconv, twolayerdense.
const std::vector<NetworkPlan>& network_plans();

/// UserError lists the names there are.
const NetworkPlan& find_network_plan(const std::string& name);

}  // namespace packrat
