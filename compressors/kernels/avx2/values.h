#pragma once
#include "compressors/kernels/avx2/walk.h"

// Floats that stay floats: their range, whether they are finite, and sparse ones back to their places.

namespace packrat::kernels::avx2 {
namespace {

ValueRange value_range(const float* x, std::int64_t n) {
  constexpr int kChains = 4;  // a minimum takes four cycles, and two can start in each
  __m256 lo[kChains], hi[kChains];
  for (int c = 0; c < kChains; ++c) lo[c] = hi[c] = _mm256_set1_ps(x[0]);
  std::int64_t i = 0;
  for (; i + kChains * kHalf <= n; i += kChains * kHalf)
    for (int c = 0; c < kChains; ++c) {
      const __m256 v = _mm256_loadu_ps(x + i + kHalf * c);
      lo[c] = _mm256_min_ps(lo[c], v);
      hi[c] = _mm256_max_ps(hi[c], v);
    }
  for (int c = 1; c < kChains; ++c) {
    lo[0] = _mm256_min_ps(lo[0], lo[c]);
    hi[0] = _mm256_max_ps(hi[0], hi[c]);
  }
  float least[kHalf], greatest[kHalf];
  _mm256_storeu_ps(least, lo[0]);
  _mm256_storeu_ps(greatest, hi[0]);
  ValueRange range{least[0], greatest[0]};
  for (int l = 1; l < kHalf; ++l) {
    range.lo = least[l] < range.lo ? least[l] : range.lo;
    range.hi = greatest[l] > range.hi ? greatest[l] : range.hi;
  }
  for (; i < n; ++i) {
    range.lo = x[i] < range.lo ? x[i] : range.lo;
    range.hi = x[i] > range.hi ? x[i] : range.hi;
  }
  return {range.lo + 0.0f, range.hi + 0.0f};  // -0 becomes +0
}

bool all_finite(const float* x, std::int64_t n) {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  __m256i greatest[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  std::int64_t i = 0;
  for (; i + 2 * kHalf <= n; i += 2 * kHalf)
    for (int c = 0; c < 2; ++c)
      greatest[c] = _mm256_max_epi32(greatest[c], _mm256_and_si256(load(x + i + kHalf * c), magnitude));
  for (; i < n; i += kHalf) {
    const __m256 v = _mm256_maskload_ps(x + i, first_lanes(n - i));
    greatest[0] = _mm256_max_epi32(greatest[0], _mm256_and_si256(_mm256_castps_si256(v), magnitude));
  }
  const __m256i bad =
      _mm256_cmpgt_epi32(_mm256_max_epi32(greatest[0], greatest[1]), _mm256_set1_epi32(0x7f7fffff));
  return _mm256_testz_si256(bad, bad) != 0;
}

void scatter_coordinates(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                         float* out) {
  const auto* at = static_cast<const std::uint8_t*>(coordinates);
  const auto* value = static_cast<const std::uint8_t*>(values);
  if (n > 0) std::memset(out, 0, 4 * static_cast<std::size_t>(n));
  for (std::int64_t j = 0; j < kept; ++j)
    std::memcpy(out + (at[2 * j] | at[2 * j + 1] << 8), value + 4 * j, 4);
}

void scatter_bitmap(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out) {
  const auto* value = static_cast<const float*>(values);
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  for (; n > 0; n -= kHalf, ++bitmap, out += kHalf) {
    const std::uint32_t bits = n < kHalf ? _bzhi_u32(*bitmap, static_cast<unsigned>(n)) : *bitmap;
    const int kept = __builtin_popcount(bits);
    const __m256i set =
        _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(bits)), bit), bit);
    // Lane l takes the value whose number is how many bits are set below l.
    const std::uint64_t set_bytes = _pdep_u64(bits, 0x0101010101010101u) * 255;
    const __m256i from = widen(_pdep_u64(0x0706050403020100u, set_bytes));
    const __m256 v = _mm256_permutevar8x32_ps(_mm256_maskload_ps(value, first_lanes(kept)), from);
    _mm256_maskstore_ps(out, first_lanes(n), _mm256_and_ps(v, _mm256_castsi256_ps(set)));
    value += kept;
  }
}

}  // namespace
}  // namespace packrat::kernels::avx2
