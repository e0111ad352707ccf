#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/topology/backbone.h"

namespace packrat {

/// What a head may be: a backbone's remaining layers by its name, "mlp" (GDumb's: two hidden layers of 400),
/// "mlp_bn" (two hidden layers with batch norm and dropout) or "linear" (one layer).
std::vector<std::string> head_kinds();
/// One of them; "resnet" is resnet18. UserError on anything else.
std::string parse_head_kind(std::string_view text);
/// Whether it takes maps of any shape, from any cut.
bool takes_any_maps(std::string_view kind);

/// A head behind `after` (none: the whole network) for maps of that shape, with one logit a class. Behind a
/// backbone's remaining layers come a global average pool, a linear layer without bias ("fc") and a batch
/// norm over the logits, eps 1e-6 ("fc_bn"), as in GDumb's networks. An mlp takes the maps' values to
/// "hidden1" and "hidden2" with ReLU, and to the same two last layers. An mlp_bn has a batch norm on the flat
/// maps ("norm"), two hidden layers of `hidden`, each with batch norm ("norm1", "norm2"), ReLU and dropout
/// behind it, and a linear layer with bias ("fc"); a linear one has the first and the last of these alone.
/// UserError when the maps do not fit.
Network head_network(std::string_view kind, const Cut& after, const MapShape& maps, std::int64_t classes,
                     std::int64_t hidden = 512);

}  // namespace packrat
