#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace packrat {

/// One parameter tensor as compression counts it. Complex weights count twice; variances, masks and buffers
/// are no parameters.
struct TensorCount {
  std::string name;
  std::int64_t parameters = 0;
  std::int64_t zeros = 0;  ///< of weights, those the mask drops; of biases none

  double sparsity() const {
    return parameters > 0 ? static_cast<double>(zeros) / static_cast<double>(parameters) : 0;
  }
};

struct SparsityCount {
  std::vector<TensorCount> tensors;

  std::int64_t parameters() const;
  std::int64_t zeros() const;
  /// parameters / (parameters - zeros), the published compression; infinite when nothing is left.
  double compression() const;
};

}  // namespace packrat
