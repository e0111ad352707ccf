#pragma once
#include <cstdint>
#include <vector>

#include "compressors/fitting.h"
#include "engine/features/row_source.h"

namespace packrat {

/// Some training images as rows for fit_codec(), held in memory: the last tenth of them, at least one, is
/// held out.
class FittingSample {
 public:
  FittingSample() = default;
  /// images: at least two. width: values of a row of `source`.
  FittingSample(const RowSource& source, const std::vector<std::int64_t>& images, std::int64_t width);

  FittingRows rows() const;

 private:
  std::vector<float> values_;  // the training rows, then the held-out ones
  std::int64_t width_ = 0, train_ = 0, held_out_ = 0;
};

}  // namespace packrat
