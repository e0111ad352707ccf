#pragma once
#include <cstdint>
#include <string>

namespace packrat {

struct PackedEval {
  std::string file;
  std::string dataset;  ///< empty: the one that the network was trained on
  std::string data_dir;
  std::string weights;       ///< of the encoder behind which a head stands; empty: where the run had them
  std::int64_t threads = 0;  ///< for encoding; 0: all cores
};

/// `packrat eval` of a file that `packrat sparsify --export` wrote: scores it on the test images.
void eval_packed_network(const PackedEval& options);

}  // namespace packrat
