#pragma once
#include <cstdint>

#include "engine/studies/roofline/prediction.h"
#include "engine/topology/network.h"

namespace packrat {

/// What a network needs for one input.
struct NetworkWork {
  std::int64_t macs = 0;     ///< multiply-adds
  std::int64_t weights = 0;  ///< trained numbers that are read, once a batch
  std::int64_t maps = 0;     ///< values of the input and of every map that is written
};

/// As `packrat profile` counts with the rule "strict": convolutions and linear layers alone.
NetworkWork counted_work(const Network& network);

/// The same without the products and the weights of convolutions that only ever meet padding: on a 2x2 map
/// most of a 3x3 kernel does. A program may leave them out, so that only this work bounds its speed.
NetworkWork live_work(const Network& network);

/// Which bytes cross the memory bus.
enum class Traffic {
  kWeights,  ///< weights alone, once an input, as in QuTiBench's tables: maps stay on the chip
  kAll,      ///< weights once a batch; the input and every map that is written, once each
};

/// Operations (two a multiply-add) per byte, everything stored at one precision.
double ops_per_byte(const NetworkWork& work, Precision precision, Traffic traffic, std::int64_t batch = 1);

/// As predict(), for a network that was counted. `batch` matters for Traffic::kAll.
Prediction predict(const Platform& platform, Precision precision, const std::string& network,
                   const NetworkWork& work, Traffic traffic, std::int64_t batch = 1);

}  // namespace packrat
