#pragma once
#include "compressors/kernels/avx2/walk.h"
#include "compressors/kernels/nearest_boundary.h"
#include "compressors/kernels/scalar/scalar.h"

// Quantizing and packing in one go, by the boundary nearest to each value (nearest_boundary.h).

namespace packrat::kernels::avx2 {
namespace {

/// `FromZero`: the first bin begins at 0, as in maps that come out of a ReLU, and nothing has to be added
/// twice.
template <bool FromZero>
struct Bins {
  explicit Bins(const UniformQuantizer& q)
      : inverse(_mm256_set1_ps(q.inverse)),
        offset(_mm256_set1_ps(-q.lo * q.inverse)),
        last(_mm256_set1_ps(static_cast<float>(q.states - 1) + (FromZero ? kIntegerBits : 0))),
        step(_mm256_set1_ps(q.step)),
        back(_mm256_set1_ps(-kIntegerBits * q.step)),
        lo(_mm256_set1_ps(q.lo)) {}

  /// The codes of 8 values in the low bits of each lane; the bits above them are not 0.
  __m256i operator()(__m256 x) const {
    const __m256 k = nearest(x);
    // k step in one rounding (2^23 + k times step, less 2^23 step), and lo added in another.
    __m256 boundary = _mm256_fmadd_ps(k, step, back);
    if constexpr (!FromZero) boundary = _mm256_add_ps(boundary, lo);
    const __m256i below = _mm256_castps_si256(_mm256_cmp_ps(x, boundary, _CMP_NGE_UQ));  // -1 where it is
    return _mm256_add_epi32(_mm256_castps_si256(k), below);
  }

  /// The number of the boundary nearest to x, plus 2^23; of the first where x is NaN.
  __m256 nearest(__m256 x) const {
    const __m256 integer = _mm256_set1_ps(kIntegerBits);
    if constexpr (FromZero) return clamp(_mm256_fmadd_ps(x, inverse, integer), kIntegerBits + 1);
    return _mm256_add_ps(clamp(_mm256_fmadd_ps(x, inverse, offset), 1), integer);
  }
  __m256 clamp(__m256 t, float first) const {
    return _mm256_min_ps(_mm256_max_ps(t, _mm256_set1_ps(first)), last);  // NaN becomes the second operand
  }

  __m256 inverse, offset, last, step, back, lo;
};

template <int B, class Bins, int... R>
inline void quantize_half(const float* x, const Bins& bins, std::uint8_t* block,
                          std::integer_sequence<int, R...>) {
  __m256i word = _mm256_setzero_si256();
  (put_field<B, R>(bins(_mm256_loadu_ps(x + kLanes * R)), word, block), ...);
}

template <int B, class Bins>
inline void quantize_width(const float* x, std::int64_t n, const Bins& bins, std::uint8_t* packed) {
  if constexpr (B < kMaxWidth)
    for (; n >= kBlockValues; n -= kBlockValues, x += kBlockValues, packed += 64 * B)
      for (int half = 0; half < 2; ++half)
        quantize_half<B>(x + kHalf * half, bins, packed + 32 * half, AllRows());
  for (; n >= kHalf; n -= kHalf, x += kHalf, packed += B) put_dense<B>(bins(_mm256_loadu_ps(x)), packed);
  if (n > 0) put_last_dense<B>(bins(_mm256_maskload_ps(x, first_lanes(n))), n, packed);
}

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  if (!nearest_boundary_is_exact(q)) return scalar::quantize_pack(x, n, q, packed);
  with_width(q.width, [&](auto b) {
    if (q.lo == 0)
      quantize_width<b.value>(x, n, Bins<true>(q), packed);
    else
      quantize_width<b.value>(x, n, Bins<false>(q), packed);
  });
}

}  // namespace
}  // namespace packrat::kernels::avx2
