#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/live_taps.h"

namespace packrat {

/// How a k x k convolution (odd k, padding k/2) on maps of side x side reads its input, as a matrix product:
/// row p of the patch matrix holds, tap by tap, the input that output position p meets, and zeros for
/// padding. Taps that only ever meet padding are left out. Maps lie position by position: [B, side, side,
/// channels].
class PatchPlan {
 public:
  PatchPlan(std::int64_t channels, std::int64_t kernel, std::int64_t stride, std::int64_t side);

  const LiveTaps& taps() const { return taps_; }
  std::int64_t positions() const { return taps_.side_out * taps_.side_out; }
  /// Values in a row: live taps x channels.
  std::int64_t width() const { return width_; }

  /// maps [B, side, side, channels] -> patches [B * positions, width], same type (float32 or bfloat16). A
  /// view where the patches are the maps as they lie.
  at::Tensor unfold(const at::Tensor& maps) const;
  /// The sum of every input's places in a patch matrix: the derivative of unfold(). Sums are float32.
  at::Tensor fold(const at::Tensor& patches) const;

 private:
  /// `count` values of one image: patches[to ...] = maps[from ...], or zeros when from < 0.
  struct Run {
    std::int64_t from, to, count;
  };
  void add_run(Run run);

  LiveTaps taps_;
  std::int64_t channels_, width_;
  std::vector<Run> runs_;
  bool is_copy_ = false;
};

}  // namespace packrat
