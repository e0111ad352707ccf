#pragma once
#include <cstdint>

#include "engine/core/float_bits.h"

// exp and log as plain arithmetic, for functions with PACKRAT_VECTOR_CLONES, which the compiler can
// vectorise: the library's calls would be one at a time, and their bits differ between versions. Reduction
// and polynomials as in Cephes (Moshier), errors below 2e-7. Every source that includes this has its own
// copies, compiled with its flags.

namespace packrat {
namespace {

/// e^x; x is taken as within [-80, 80].
PACKRAT_VECTOR_INLINE float fast_exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  x = x < -80.0F ? -80.0F : x;
  x = x > 80.0F ? 80.0F : x;
  const float shifted = x * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * float_of(static_cast<std::uint32_t>(static_cast<std::int32_t>(n) + 127) << 23);
}

/// log x for normal x > 0.
PACKRAT_VECTOR_INLINE float fast_log(float x) {
  const std::int32_t exponent = (static_cast<std::int32_t>(bits_of(x)) - 0x3f3504f3) >>
                                23;  // the mantissa is then in [sqrt(1/2), sqrt(2))
  const float f = float_of(bits_of(x) - (static_cast<std::uint32_t>(exponent) << 23)) - 1.0F,
              e = static_cast<float>(exponent);
  float p = 7.0376836292e-2F;
  p = p * f - 1.1514610310e-1F;
  p = p * f + 1.1676998740e-1F;
  p = p * f - 1.2420140846e-1F;
  p = p * f + 1.4249322787e-1F;
  p = p * f - 1.6668057665e-1F;
  p = p * f + 2.0000714765e-1F;
  p = p * f - 2.4999993993e-1F;
  p = p * f + 3.3333331174e-1F;
  const float square = f * f;
  return ((p * f * square + e * -2.12194440e-4F) - 0.5F * square) + f + e * 0.693359375F;
}

/// Sine and cosine of 2 pi t.
struct SinCos {
  float sin, cos;
};

/// t in [0, 1].
PACKRAT_VECTOR_INLINE SinCos fast_sincos_turns(float t) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23
  const float quarters = (4.0F * t + kRound) - kRound;
  const float x = (t - 0.25F * quarters) * 6.28318531F, square = x * x;  // |x| <= pi/4
  const float s =
      x + x * square * (-1.6666654611e-1F + square * (8.3321608736e-3F - square * 1.9515295891e-4F));
  const float c =
      1.0F - 0.5F * square +
      square * square *
          (4.166664568298827e-2F + square * (-1.388731625493765e-3F + square * 2.443315711809948e-5F));
  const auto quadrant = static_cast<std::int32_t>(quarters);
  const float sin = (quadrant & 1) != 0 ? c : s, cos = (quadrant & 1) != 0 ? s : c;
  return {(quadrant & 2) != 0 ? -sin : sin, ((quadrant + 1) & 2) != 0 ? -cos : cos};
}

}  // namespace
}  // namespace packrat
