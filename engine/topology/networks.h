#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/topology/network.h"

namespace packrat {

/// One row of the table of networks.
struct NetworkInfo {
  std::string name;          ///< "resnet50", "cnv-12.5", "resnet34-encoder-2.5", "convae-16-decoder"
  std::string family;        ///< "torchvision", "qutibench", "encoder", "head", "autoencoder"
  MapShape input;            ///< what it is counted with unless asked otherwise
  std::int64_t classes = 0;  ///< likewise; 0: it does not classify
  /// Works out all shapes. UserError when the input does not fit.
  std::function<Network(const MapShape& input, std::int64_t classes)> build;
};

/// Every network that is described, in the order in which it is listed.
///  - torchvision: 35 models of torchvision 0.6, without the auxiliary heads that only training uses
///  - qutibench: CNV and MLP of QuTiBench at 100, 50, 25 and 12.5 % of their width
///  - encoder: ResNet-18 and -34 up to a cut, batch norms folded into the convolutions, as Packrat runs them
///  - head: what Packrat trains behind a cut ("none": the whole network), and its mlp
///  - autoencoder: convae, fcae and vae, whole and in halves. Their input is the map that is encoded, also
///  for a
///    decoder, whose own input is then the latent
const std::vector<NetworkInfo>& networks();

/// UserError on a name that is not in the table; it offers the nearest ones.
const NetworkInfo& find_network(std::string_view name);

/// The network with its own input and classes.
Network build_network(std::string_view name);

}  // namespace packrat
