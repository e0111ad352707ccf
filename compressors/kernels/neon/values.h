#pragma once
#include <arm_neon.h>

#include "compressors/kernels/quantize.h"

// Floats that stay floats: their range, and whether they are finite.

namespace packrat::kernels::neon {
namespace {

constexpr int kChains = 4;  // a result is waited for longer than the next operation

ValueRange value_range(const float* x, std::int64_t n) {
  float32x4_t lo[kChains], hi[kChains];
  for (int c = 0; c < kChains; ++c) lo[c] = hi[c] = vdupq_n_f32(x[0]);
  std::int64_t i = 0;
  for (; i + 4 * kChains <= n; i += 4 * kChains)
    for (int c = 0; c < kChains; ++c) {
      const float32x4_t v = vld1q_f32(x + i + 4 * c);
      lo[c] = vminq_f32(lo[c], v);
      hi[c] = vmaxq_f32(hi[c], v);
    }
  for (int c = 1; c < kChains; ++c) {
    lo[0] = vminq_f32(lo[0], lo[c]);
    hi[0] = vmaxq_f32(hi[0], hi[c]);
  }
  ValueRange range{vminvq_f32(lo[0]), vmaxvq_f32(hi[0])};
  for (; i < n; ++i) {
    range.lo = x[i] < range.lo ? x[i] : range.lo;
    range.hi = x[i] > range.hi ? x[i] : range.hi;
  }
  return {range.lo + 0.0f, range.hi + 0.0f};  // -0 becomes +0
}

bool all_finite(const float* x, std::int64_t n) {
  constexpr std::uint32_t kMagnitude = 0x7fffffff, kInfinity = 0x7f800000;
  uint32x4_t greatest[kChains];
  for (int c = 0; c < kChains; ++c) greatest[c] = vdupq_n_u32(0);
  std::int64_t i = 0;
  for (; i + 4 * kChains <= n; i += 4 * kChains)
    for (int c = 0; c < kChains; ++c) {
      const uint32x4_t bits = vreinterpretq_u32_f32(vld1q_f32(x + i + 4 * c));
      greatest[c] = vmaxq_u32(greatest[c], vandq_u32(bits, vdupq_n_u32(kMagnitude)));
    }
  std::uint32_t all = 0;
  for (int c = 0; c < kChains; ++c) {
    const std::uint32_t one = vmaxvq_u32(greatest[c]);
    all = one > all ? one : all;
  }
  for (; i < n; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    all = (bits & kMagnitude) > all ? bits & kMagnitude : all;
  }
  return all < kInfinity;
}

}  // namespace
}  // namespace packrat::kernels::neon
