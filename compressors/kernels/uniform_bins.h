#pragma once
#include <cmath>
#include <cstdint>

#include "compressors/kernels/quantize.h"
#include "engine/core/device_code.h"

// The uniform quantizer of quantize.h, a value at a time: for the plain tier and the GPU's threads.

namespace packrat::kernels {

/// make_uniform_quantizer() where the width of a code is known.
PACKRAT_DEVICE UniformQuantizer uniform_quantizer(float lo, float hi, int states, int width) {
  UniformQuantizer q;
  q.lo = lo;
  q.hi = hi;
  q.states = states;
  q.width = width;
  q.step = (hi - lo) / static_cast<float>(states);
  q.base = lo + q.step / 2;
  // A float32 is spaced at most 2^-23 of its size from the next, so two spacings to a step bound a boundary's
  // rounding by a quarter bin; the second condition keeps 1/step finite.
  const float below = std::fabs(lo), above = std::fabs(hi), greatest = below < above ? above : below;
  q.spread = q.step >= greatest * 0x1p-22f && q.step >= 0x1p-100f;
  q.inverse = q.spread ? 1.0f / q.step : 0.0f;
  return q;
}

/// bin_boundary().
PACKRAT_DEVICE float boundary_of_bin(const UniformQuantizer& q, int i) {
  const float boundary = q.lo + static_cast<float>(i) * q.step;
  return q.hi < boundary ? q.hi : boundary;
}

/// The level of a code; 0 for codes from `states` up, which no encoder writes.
PACKRAT_DEVICE float level_of_code(std::uint32_t code, int states, float step, float base) {
  const float level = std::fma(static_cast<float>(static_cast<std::int32_t>(code)), step, base);
  return static_cast<std::int32_t>(code) < states ? level : 0.0f;
}

/// The quick way to a code: the boundary nearest to x decides between the bins on its two sides. Exact when
/// boundaries move by less than half a bin through rounding, which `spread` promises. last: states - 1.
PACKRAT_DEVICE std::uint32_t code_by_nearest_boundary(float x, float lo, float step, float inverse,
                                                      float last) {
  float t = (x - lo) * inverse;
  t = t > 1.0f ? t : 1.0f;
  t = t < last ? t : last;
  const auto nearest = static_cast<std::int32_t>(t + 0.5f);
  const float boundary = lo + static_cast<float>(nearest) * step;
  return static_cast<std::uint32_t>(nearest - (x >= boundary ? 0 : 1));
}

/// Bins as narrow as the spacing of floats, or a constant map: halves the boundaries until one bin is left.
PACKRAT_DEVICE std::uint32_t code_by_search(float x, const UniformQuantizer& q) {
  int bin = 0, above = q.lo < q.hi ? q.states : 1;
  while (above - bin > 1) {
    const int middle = (bin + above) / 2;
    (x >= boundary_of_bin(q, middle) ? bin : above) = middle;
  }
  return static_cast<std::uint32_t>(bin);
}

/// boundaries: 2^width - 1 floats that ascend, unused ones infinite. The number of them at or below x.
PACKRAT_DEVICE std::uint32_t code_by_boundaries(float x, int width, const float* boundaries) {
  int code = 0;
  for (int step = 1 << (width - 1); step > 0; step >>= 1) code += x >= boundaries[code + step - 1] ? step : 0;
  return static_cast<std::uint32_t>(code);
}

}  // namespace packrat::kernels
