#include "engine/studies/sparsify/compression.h"

#include <limits>

namespace packrat {

std::int64_t SparsityCount::parameters() const {
  std::int64_t sum = 0;
  for (const TensorCount& tensor : tensors) sum += tensor.parameters;
  return sum;
}

std::int64_t SparsityCount::zeros() const {
  std::int64_t sum = 0;
  for (const TensorCount& tensor : tensors) sum += tensor.zeros;
  return sum;
}

double SparsityCount::compression() const {
  const std::int64_t kept = parameters() - zeros();
  return kept > 0 ? static_cast<double>(parameters()) / static_cast<double>(kept)
                  : std::numeric_limits<double>::infinity();
}

}  // namespace packrat
