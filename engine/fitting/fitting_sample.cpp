#include "engine/fitting/fitting_sample.h"

#include <algorithm>

namespace packrat {

FittingSample::FittingSample(const RowSource& source, const std::vector<std::int64_t>& images,
                             std::int64_t width)
    : width_(width) {
  const auto count = static_cast<std::int64_t>(images.size());
  held_out_ = std::max<std::int64_t>(1, count / 10);
  train_ = count - held_out_;
  values_.resize(static_cast<std::size_t>(count * width));
  source.gather(images, {values_.data(), count, width});
}

FittingRows FittingSample::rows() const {
  return {{values_.data(), train_, width_}, {values_.data() + train_ * width_, held_out_, width_}};
}

}  // namespace packrat
