#pragma once
#include <string>

namespace packrat {

/// `packrat eval` of a file that `packrat sparsify --export` wrote: scores it on the test images of
/// `dataset`, or, when that is empty, of the data set that its network was trained on.
void eval_packed_network(const std::string& file, const std::string& dataset, const std::string& data_dir);

}  // namespace packrat
