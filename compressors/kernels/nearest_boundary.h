#pragma once
#include "compressors/kernels/quantize.h"

// What the vector tiers share about quantizing; `static`, so that each keeps a copy of its own.
//
// A value's code follows from the one boundary nearest to it: t = (x - lo) / step, by one fma, rounds to the
// boundary's number k, from 1 to states - 1, and whether x lies below boundary k decides between the codes k
// - 1 and k. Boundary k itself is rounded as bin_boundary() rounds it: round(lo + round(k step)).

namespace packrat::kernels {

/// Whether rounding moves neither t nor a boundary by a quarter bin, so that the boundary found is the
/// nearest: |lo| and |hi| are at most 2^20 steps, and each rounding of a float of that size moves it by at
/// most 2^-4 of one. Other quantizers (bins nearly as narrow as floats are spaced, or 2^23 steps that
/// overflow) go the plain way.
static inline bool nearest_boundary_is_exact(const UniformQuantizer& q) {
  const float greatest = q.hi > -q.lo ? q.hi : -q.lo;  // of |lo| and |hi|, as lo <= hi
  return q.spread && q.step >= greatest * 0x1p-20f && q.step <= 0x1p100f;
}

/// Adding it rounds a small float to an integer and leaves that in the low bits.
constexpr float kIntegerBits = 0x1p23f;

}  // namespace packrat::kernels
