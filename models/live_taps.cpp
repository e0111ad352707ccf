#include "models/live_taps.h"

#include <algorithm>

namespace packrat {

LiveTaps::LiveTaps(std::int64_t kernel, std::int64_t stride, std::int64_t side)
    : side_in(side), side_out((side + stride - 1) / stride), kernel_(kernel) {
  const auto meets_input = [&](std::int64_t t) {
    for (std::int64_t out = 0; out < side_out; ++out) {
      const std::int64_t in = out * stride + t - kernel / 2;
      if (in >= 0 && in < side_in) return true;
    }
    return false;
  };
  for (std::int64_t tap = 0; tap < kernel * kernel; ++tap)
    (meets_input(tap / kernel) && meets_input(tap % kernel) ? live : dead).push_back(tap);
}

LiveTaps::Stretch LiveTaps::stretch(std::int64_t t) const {
  const std::int64_t shift = t - kernel_ / 2;  // input row = output row + shift
  const std::int64_t out = std::max<std::int64_t>(0, -shift);
  return {out + shift, out, side_in - std::abs(shift)};
}

bool is_tiny_convolution(std::int64_t kernel, std::int64_t stride, std::int64_t height, std::int64_t width) {
  const std::int64_t side_out = (height + stride - 1) / stride;
  return height == width && height <= 2 && kernel <= 3 && (side_out == 1 || stride == 1);
}

}  // namespace packrat
