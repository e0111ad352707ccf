#pragma once
#include <optional>
#include <string_view>

#include "engine/topology/network.h"

namespace packrat {

/// The layers behind module `from` up to the end of module `to`, both by torchvision's names ("layer3.0"); ""
/// stands for the network's beginning and its end. The input has the shape of the map there, or `input`, from
/// which all shapes then follow. UserError when an input does not fit; std::logic_error for a module that is
/// not there, and for a place that other layers reach around.
Network part(const Network& whole, std::string_view from, std::string_view to,
             const std::optional<MapShape>& input = {});

/// The place of the last layer of a module.
int last_layer(const Network& network, std::string_view module);

/// The network with every batch norm that stands behind a convolution folded into it: the convolution has a
/// bias, and folded_norm names the batch norm.
Network fold_norms(const Network& network);

/// How many layers take the layer's output, the network's own output being one of them.
std::vector<int> layer_uses(const Network& network);

}  // namespace packrat
