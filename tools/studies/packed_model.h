#pragma once
#include "tools/studies.h"

namespace packrat {

/// `packrat eval` of a file that `packrat sparsify --export` wrote: scores it on the test images.
void eval_packed_network(const EvalRequest& request);

}  // namespace packrat
