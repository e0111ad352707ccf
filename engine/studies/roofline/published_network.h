#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/studies/roofline/precision.h"

namespace packrat {

/// What a network's label says: "ResNet50_100%", "ResNet-50 100" and "resnet50" are one network. Letters are
/// compared without case, so that GoogleNetv1 is GoogLeNetv1, and EfficientNet_S, EfficientNet-S and
/// EfficientNet Edge S are one.
struct NetworkLabel {
  std::string key;             ///< "resnet50"
  double width_percent = 100;  ///< what pruning left: 100, 80, 50, 30, 25, 12.5

  friend bool operator==(const NetworkLabel& a, const NetworkLabel& b) {
    return a.key == b.key && a.width_percent == b.width_percent;
  }
  friend bool operator<(const NetworkLabel& a, const NetworkLabel& b) {
    return a.key != b.key ? a.key < b.key : a.width_percent > b.width_percent;
  }
};

/// A label without a precision. The width is a number after a blank or an underscore, or one with a per cent
/// sign; without either it is 100.
NetworkLabel parse_network_label(std::string_view label);

/// A network of QuTiBench's tables.
struct PublishedNetwork {
  std::string name;  ///< as the final state spells it: "ResNet-50 80%"
  NetworkLabel label;
  std::string data_set;              ///< "imagenet", "cifar" or "mnist"
  double gop = 0;                    ///< 10^9 operations an input, as the predictions used it
  double weights_millions = 0;       ///< as listed, rounded
  double ops_per_int8_byte = 0;      ///< as listed: operations per byte of weights of INT8
  std::map<Precision, double> top1;  ///< per cent; only what was trained

  /// Operations per byte of weights. The tables list one for every precision, rounded each for itself; the
  /// published predictions were computed from INT8's, and so is this.
  double ops_per_byte(Precision precision) const { return ops_per_int8_byte / bytes_per_value(precision); }
};

/// All networks that the tables know, in their order. UserError when a table lacks one of them.
std::vector<PublishedNetwork> published_networks();

const PublishedNetwork* find_published(const std::vector<PublishedNetwork>& networks,
                                       const NetworkLabel& label);

}  // namespace packrat
