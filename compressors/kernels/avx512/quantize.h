#pragma once
#include "compressors/kernels/avx512/walk.h"
#include "compressors/kernels/nearest_boundary.h"
#include "compressors/kernels/scalar/scalar.h"

// Quantizing and packing in one go, by the boundary nearest to each value (nearest_boundary.h).

namespace packrat::kernels::avx512 {
namespace {

template <int B>
struct Bins {
  explicit Bins(const UniformQuantizer& q)
      : inverse(_mm512_set1_ps(q.inverse)),
        offset(_mm512_set1_ps(-q.lo * q.inverse)),
        last(_mm512_set1_ps(static_cast<float>(q.states - 1))),
        step(_mm512_set1_ps(q.step)),
        back(_mm512_set1_ps(-kIntegerBits * q.step)),
        lo(_mm512_set1_ps(q.lo)) {
    if constexpr (B <= 5) {
      for (int t = 0; t < 2; ++t) {
        const __m512i k =
            _mm512_add_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                             _mm512_set1_epi32(16 * t));
        table[t] = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(k), step), lo);
      }
    }
  }

  /// Boundary k of each lane: from the table, or k step in one rounding (2^23 + k times step, less 2^23 step)
  /// and lo added in another.
  __m512 boundary(__m512 k) const {
    if constexpr (B <= 4) return _mm512_permutexvar_ps(_mm512_castps_si512(k), table[0]);
    if constexpr (B == 5) return _mm512_permutex2var_ps(table[0], _mm512_castps_si512(k), table[1]);
    return _mm512_add_ps(_mm512_fmadd_ps(k, step, back), lo);
  }

  /// The codes of 16 values in the low B bits of each lane; the bits above are not 0.
  __m512i operator()(__m512 x) const {
    const __m512 one = _mm512_set1_ps(1.0f);
    __m512 t = _mm512_fmadd_ps(x, inverse, offset);
    t = _mm512_min_ps(_mm512_max_ps(t, one), last);  // NaN becomes 1: the second operand
    const __m512 k = _mm512_add_ps(t, _mm512_set1_ps(kIntegerBits));
    const __mmask16 below = _mm512_cmp_ps_mask(x, boundary(k), _CMP_NGE_UQ);
    const __m512i code = _mm512_castps_si512(k);
    return _mm512_mask_sub_epi32(code, below, code, _mm512_set1_epi32(1));
  }

  __m512 inverse, offset, last, step, back, lo;
  __m512 table[2];
};

template <int B, int... R>
inline void quantize_block(const float* x, const Bins<B>& bins, std::uint8_t* block,
                           std::integer_sequence<int, R...>) {
  __m512i word = _mm512_setzero_si512();
  (put_field<B, R>(bins(_mm512_loadu_ps(x + kLanes * R)), word, block), ...);
}

template <int B>
inline void quantize_width(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  const Bins<B> bins(q);
  if constexpr (B < kMaxWidth)
    for (; n >= kBlockValues; n -= kBlockValues, x += kBlockValues, packed += 64 * B)
      quantize_block<B>(x, bins, packed, AllRows());
  for (; n >= kLanes; n -= kLanes, x += kLanes, packed += 2 * B)
    put_dense<B>(bins(_mm512_loadu_ps(x)), packed);
  if (n > 0) put_last_dense<B>(bins(_mm512_maskz_loadu_ps(first_lanes(n), x)), n, packed);
}

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  if (!nearest_boundary_is_exact(q)) return scalar::quantize_pack(x, n, q, packed);
  with_width(q.width, [&](auto b) { quantize_width<b.value>(x, n, q, packed); });
}

}  // namespace
}  // namespace packrat::kernels::avx512
