#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/topology/networks.h"

namespace packrat {

struct Recognition {
  const NetworkInfo* network = nullptr;
  std::int64_t classes = 0;        ///< rows of its last layer's weight
  std::vector<std::string> extra;  ///< tensors beside the network: auxiliary heads, a codec's shared bytes
};

/// Tells by a checkpoint's tensors which of the networks that classify it belongs to: all names and shapes
/// must agree. Batch norms' num_batches_tracked are not looked at, nor are auxiliary heads, which are listed
/// as extra. UserError, with the nearest network and where it differs, when none agrees.
Recognition recognise_network(const std::vector<TensorShape>& checkpoint);

}  // namespace packrat
