#pragma once
#include "compressors/kernels/avx512/walk.h"

// Floats that stay floats: their range, whether they are finite, and sparse ones back to their places.

namespace packrat::kernels::avx512 {
namespace {

ValueRange value_range(const float* x, std::int64_t n) {
  constexpr int kChains = 4;  // a minimum takes four cycles, and two can start in each
  __m512 lo[kChains], hi[kChains];
  for (int c = 0; c < kChains; ++c) lo[c] = hi[c] = _mm512_set1_ps(x[0]);
  std::int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes)
    for (int c = 0; c < kChains; ++c) {
      const __m512 v = _mm512_loadu_ps(x + i + kLanes * c);
      lo[c] = _mm512_min_ps(lo[c], v);
      hi[c] = _mm512_max_ps(hi[c], v);
    }
  for (; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i < kLanes ? n - i : kLanes);
    const __m512 v = _mm512_mask_loadu_ps(lo[0], lanes, x + i);
    lo[0] = _mm512_min_ps(lo[0], v);
    hi[0] = _mm512_mask_max_ps(hi[0], lanes, hi[0], v);
  }
  for (int c = 1; c < kChains; ++c) {
    lo[0] = _mm512_min_ps(lo[0], lo[c]);
    hi[0] = _mm512_max_ps(hi[0], hi[c]);
  }
  return {_mm512_reduce_min_ps(lo[0]) + 0.0f, _mm512_reduce_max_ps(hi[0]) + 0.0f};  // -0 becomes +0
}

bool all_finite(const float* x, std::int64_t n) {
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  __m512i greatest[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes)
    for (int c = 0; c < 2; ++c)
      greatest[c] = _mm512_max_epu32(greatest[c], _mm512_and_si512(load(x + i + kLanes * c), magnitude));
  for (; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i < kLanes ? n - i : kLanes);
    const __m512i v = _mm512_maskz_loadu_epi32(lanes, x + i);
    greatest[0] = _mm512_max_epu32(greatest[0], _mm512_and_si512(v, magnitude));
  }
  return _mm512_reduce_max_epu32(_mm512_max_epu32(greatest[0], greatest[1])) < 0x7f800000u;
}

inline void zero_fill(float* out, std::int64_t n) {
  for (; n >= kLanes; n -= kLanes, out += kLanes) _mm512_storeu_ps(out, _mm512_setzero_ps());
  if (n > 0) _mm512_mask_storeu_ps(out, first_lanes(n), _mm512_setzero_ps());
}

void scatter_coordinates(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                         float* out) {
  const auto* at = static_cast<const std::uint8_t*>(coordinates);
  const auto* value = static_cast<const std::uint8_t*>(values);
  zero_fill(out, n);
  for (; kept >= kLanes; kept -= kLanes, at += 2 * kLanes, value += 4 * kLanes)
    _mm512_i32scatter_ps(out, _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))),
                         _mm512_loadu_ps(value), 4);
  if (kept == 0) return;
  const __mmask16 lanes = first_lanes(kept);
  _mm512_mask_i32scatter_ps(out, lanes, _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, at)),
                            _mm512_maskz_loadu_ps(lanes, value), 4);
}

void scatter_bitmap(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out) {
  const auto* value = static_cast<const std::uint8_t*>(values);
  for (; n > 0; n -= kLanes, bitmap += 2, out += kLanes) {
    const __mmask16 lanes = first_lanes(n < kLanes ? n : kLanes);
    std::uint16_t bits = bitmap[0];
    if (n > 8) bits = static_cast<std::uint16_t>(bits | bitmap[1] << 8);
    const auto kept = static_cast<__mmask16>(bits & lanes);
    // Reads as many values as bits are set, and no more.
    _mm512_mask_storeu_ps(out, lanes, _mm512_maskz_expandloadu_ps(kept, value));
    value += 4 * __builtin_popcount(kept);
  }
}

}  // namespace
}  // namespace packrat::kernels::avx512
