#pragma once
#include <vector>

#include "engine/topology/networks.h"

namespace packrat {

// The table of networks, a function for each file that describes some. All return their rows in order.
std::vector<NetworkInfo> plain_networks();       ///< AlexNet, VGG
std::vector<NetworkInfo> residual_networks();    ///< ResNet, ResNeXt, wide ResNet
std::vector<NetworkInfo> densenet_networks();    ///< DenseNet
std::vector<NetworkInfo> googlenet_networks();   ///< GoogLeNet
std::vector<NetworkInfo> inception_networks();   ///< Inception v3
std::vector<NetworkInfo> squeezenet_networks();  ///< SqueezeNet
std::vector<NetworkInfo> mobile_networks();      ///< MobileNet v2, MNASNet
std::vector<NetworkInfo> shufflenet_networks();  ///< ShuffleNet v2
std::vector<NetworkInfo> qutibench_networks();   ///< CNV and MLP
std::vector<NetworkInfo> cut_networks();         ///< our encoders and heads
std::vector<NetworkInfo> autoencoder_networks();

/// All of torchvision's, in order.
const std::vector<NetworkInfo>& torchvision_networks();

/// Says where the row's network is cut.
inline void make_encoder(NetworkInfo& row, std::string encoder, std::vector<CutPoint> cuts, bool ships) {
  row.encoder = std::move(encoder);
  row.cuts = std::move(cuts);
  row.ships = ships;
}

/// A row of the family "torchvision": 1000 classes, 3 x side x side.
inline NetworkInfo torchvision_row(std::string name,
                                   std::function<Network(const MapShape&, std::int64_t)> build,
                                   std::int64_t side = 224) {
  return {std::move(name), "torchvision", {3, side, side}, 1000, std::move(build)};
}

}  // namespace packrat
