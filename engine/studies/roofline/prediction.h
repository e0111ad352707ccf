#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/studies/roofline/platform.h"
#include "engine/studies/roofline/published_network.h"

namespace packrat {

/// How fast a network could run on a platform.
struct Prediction {
  std::string network, platform;
  std::string data_set;  ///< "imagenet", "cifar", "mnist"; empty for networks that are not of the tables
  Precision precision = Precision::kInt8;  ///< of the weights
  double gop = 0;                          ///< 10^9 operations an input
  double ops_per_byte = 0;
  double tops = 0;               ///< attainable
  double inputs_per_second = 0;  ///< 1000 tops / gop
  bool memory_bound = false;
  std::optional<double> top1;        ///< per cent, where a table lists it
  const char* bytes_of = "weights";  ///< what crosses the memory bus: "weights", or "all"
};

/// Fills in tops, inputs_per_second and memory_bound from ops_per_byte and gop.
void bound_by(const Roof& roof, Prediction& prediction);

/// attainable = min(peak, bandwidth x intensity); inputs a second = attainable / operations an input. The
/// intensity is the listed one, operations per byte of weights: activations are taken to stay on chip. The
/// platform computes in `hardware`, the weights are stored in `precision`; these differ in some cells of the
/// tables. UserError when the platform does not have `hardware`.
Prediction predict(const Platform& platform, Precision hardware, const PublishedNetwork& network,
                   Precision precision);

/// Every network x precision x platform that has it.
std::vector<Prediction> predict_all(const std::vector<PublishedNetwork>& networks,
                                    const PlatformTable& platforms);

}  // namespace packrat
