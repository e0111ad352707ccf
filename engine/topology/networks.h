#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/topology/network.h"

namespace packrat {

/// Where a network may be cut in two: behind the last layer of a module.
struct CutPoint {
  std::string name;    ///< "2.5"
  std::string module;  ///< torchvision's name: "layer3.0"
};

/// One row of the table of networks.
struct NetworkInfo {
  std::string name;          ///< "resnet50", "cnv-12.5", "resnet34-encoder-2.5", "convae-16-decoder"
  std::string family;        ///< "torchvision", "qutibench", "encoder", "head", "autoencoder"
  MapShape input;            ///< what it is counted with unless asked otherwise
  std::int64_t classes = 0;  ///< likewise; 0: it does not classify
  /// Works out all shapes. UserError when the input does not fit.
  std::function<Network(const MapShape& input, std::int64_t classes)> build;
  // Of those that are encoders and heads, see backbone.h:
  std::string encoder{};         ///< what --encoder calls it: "cutr34"
  std::vector<CutPoint> cuts{};  ///< from the first to the end of the convolutional part
  bool ships = false;            ///< whether weights for 32x32 images ship with Packrat
};

/// Every network that is described, in the order in which it is listed.
///  - torchvision: 35 models of torchvision 0.6, without the auxiliary heads that only training uses
///  - qutibench: CNV and MLP of QuTiBench at 100, 50, 25 and 12.5 % of their width
///  - encoder: backbones up to a cut, batch norms folded into the convolutions, as Packrat runs them
///  - head: what Packrat trains behind a cut ("none": the whole network), and its mlp
///  - autoencoder: convae, fcae and vae, whole and in halves. `input` is the map that is encoded, for a
///    decoder, too; the network that is built for it then begins at the latent
const std::vector<NetworkInfo>& networks();

/// "a, b or c".
std::string listed(const std::vector<std::string>& names);

/// UserError on a name that is not in the table; it offers the nearest ones.
const NetworkInfo& find_network(std::string_view name);

/// The network with its own input and classes.
Network build_network(std::string_view name);

}  // namespace packrat
