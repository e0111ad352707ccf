#pragma once
#include "compressors/kernels/neon/walk.h"
#include "compressors/kernels/quantize.h"
#include "compressors/kernels/scalar/scalar.h"

// Quantizing and packing in one go: the boundary nearest to a value decides between the bins on its two
// sides, by the same operations as in scalar/codes.cpp.

namespace packrat::kernels::neon {
namespace {

struct NearestBoundary {
  NearestBoundary(const float* values, const UniformQuantizer& q)
      : x(values),
        lo(vdupq_n_f32(q.lo)),
        step(vdupq_n_f32(q.step)),
        inverse(vdupq_n_f32(q.inverse)),
        last_bin(vdupq_n_f32(static_cast<float>(q.states - 1))) {}

  /// The codes of 4 values; 0 for NaN.
  uint32x4_t four(const float* from) const {
    const float32x4_t value = vld1q_f32(from);
    float32x4_t t = vmulq_f32(vsubq_f32(value, lo), inverse);
    t = vminq_f32(vmaxnmq_f32(t, vdupq_n_f32(1)), last_bin);  // NaN becomes 1
    const uint32x4_t nearest = vcvtq_u32_f32(vaddq_f32(t, vdupq_n_f32(0.5f)));
    const float32x4_t boundary = vaddq_f32(lo, vmulq_f32(vcvtq_f32_u32(nearest), step));
    return vaddq_u32(nearest, vmvnq_u32(vcgeq_f32(value, boundary)));  // one less where it is below
  }
  uint16x8_t eight_of(const float* from) const {
    return vcombine_u16(vmovn_u32(four(from)), vmovn_u32(four(from + 4)));
  }
  uint8x16_t row(std::int64_t i) const {
    return vcombine_u8(vmovn_u16(eight_of(x + i)), vmovn_u16(eight_of(x + i + kHalf)));
  }
  std::uint64_t bytes_of(const float* from) const {
    return vget_lane_u64(vreinterpret_u64_u8(vmovn_u16(eight_of(from))), 0);
  }
  std::uint64_t eight(std::int64_t i) const { return bytes_of(x + i); }
  std::uint64_t last(std::int64_t i, std::int64_t count) const {
    float values[kHalf] = {};
    std::memcpy(values, x + i, 4 * static_cast<std::size_t>(count));
    return first_bytes(bytes_of(values), count);
  }

  const float* x;
  float32x4_t lo, step, inverse, last_bin;
};

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  if (!q.spread) return scalar::quantize_pack(x, n, q, packed);
  with_width(q.width, [&](auto b) { pack_from<b.value>(NearestBoundary(x, q), n, packed); });
}

}  // namespace
}  // namespace packrat::kernels::neon
