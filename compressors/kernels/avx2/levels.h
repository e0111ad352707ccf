#pragma once
#include "compressors/kernels/avx2/walk.h"
#include "compressors/kernels/scalar/scalar.h"

// Packed codes to floats in one go: by permutation from a table in a register where 3 bits of index suffice,
// else by arithmetic, or by gathering where the levels are arbitrary.

namespace packrat::kernels::avx2 {
namespace {

/// Levels from a table of 2^B floats.
template <int B>
struct TableLevels {
  explicit TableLevels(const float* levels) : from(levels) {
    if constexpr (B <= 3) {
      float all[kHalf];
      for (int c = 0; c < kHalf; ++c) all[c] = levels[c % (1 << B)];
      table = _mm256_loadu_ps(all);
    } else {
      table = _mm256_loadu_ps(levels);
      upper = _mm256_loadu_ps(levels + kHalf);
    }
  }

  template <int R>
  __m256 row(const BlockWords<B>& words) const {
    return at(row_bits<B, R>(words));
  }
  /// The levels of the low B bits of each lane.
  __m256 at(__m256i code) const {
    if constexpr (B <= 3) return _mm256_permutevar8x32_ps(table, code);
    if constexpr (B == 4)
      return _mm256_blendv_ps(_mm256_permutevar8x32_ps(table, code), _mm256_permutevar8x32_ps(upper, code),
                              _mm256_castsi256_ps(_mm256_slli_epi32(code, 28)));
    return _mm256_i32gather_ps(from, _mm256_and_si256(code, _mm256_set1_epi32((1 << B) - 1)), 4);
  }

  const float* from;
  __m256 table, upper;
};

/// Levels by arithmetic. A code that stands s bits up in its word is not moved down: it is 2^s times as
/// large, which a step 2^-s times as large undoes exactly.
template <int B, bool AllCodes>
struct ComputedLevels {
  explicit ComputedLevels(const UniformQuantizer& q)
      : base(_mm256_set1_ps(q.base)), states(_mm256_set1_ps(static_cast<float>(q.states))) {
    const __m256i one = _mm256_castps_si256(_mm256_set1_ps(1.0f));
    for (int s = 0; s < 32; s += kHalf) {
      const __m256i exponent = _mm256_add_epi32(lane_numbers(), _mm256_set1_epi32(s));
      const __m256 power = _mm256_castsi256_ps(_mm256_sub_epi32(one, _mm256_slli_epi32(exponent, 23)));
      _mm256_storeu_ps(step + s, _mm256_mul_ps(_mm256_set1_ps(q.step), power));
    }
  }

  template <int R>
  __m256 row(const BlockWords<B>& words) const {
    constexpr int shift = R * B % 32;
    // The conversion takes the topmost bit for a sign.
    if constexpr (shift + B == 32 && AllCodes) {
      return at(_mm256_srli_epi32(words.w[R * B / 32], shift));
    } else if constexpr (shift + B > 32 || !AllCodes) {
      return at(_mm256_and_si256(row_bits<B, R>(words), _mm256_set1_epi32((1 << B) - 1)));
    } else {
      const __m256i mask = _mm256_set1_epi32(static_cast<int>(((1u << B) - 1) << shift));
      const __m256i code = _mm256_and_si256(words.w[R * B / 32], mask);
      return _mm256_fmadd_ps(_mm256_cvtepi32_ps(code), _mm256_set1_ps(step[shift]), base);
    }
  }
  /// The levels of codes with nothing above them.
  __m256 at(__m256i code) const {
    const __m256 c = _mm256_cvtepi32_ps(code);
    const __m256 level = _mm256_fmadd_ps(c, _mm256_set1_ps(step[0]), base);
    return AllCodes ? level : _mm256_and_ps(level, _mm256_cmp_ps(c, states, _CMP_LT_OQ));
  }

  __m256 base, states;
  float step[32];  ///< 2^-s of the quantizer's
};

template <int B, bool Streaming, class Levels, int... R>
inline void decode_half(const std::uint8_t* block, const Levels& levels, float* out,
                        std::integer_sequence<int, R...>) {
  const BlockWords<B> words(block);
  (store_half<Streaming>(out + kLanes * R, levels.template row<R>(words)), ...);
}

template <int B, bool Streaming, class Levels>
inline void decode_width(const std::uint8_t* packed, std::int64_t n, const Levels& levels, float* out) {
  if constexpr (B < kMaxWidth)
    for (; n >= kBlockValues; n -= kBlockValues, packed += 64 * B, out += kBlockValues)
      for (int half = 0; half < 2; ++half)
        decode_half<B, Streaming>(packed + 32 * half, levels, out + kHalf * half, AllRows());
  for (; n >= kHalf; n -= kHalf, packed += B, out += kHalf)
    store_half<Streaming>(out, levels.at(widen(dense_bytes<B>(packed))));
  if (n > 0) _mm256_maskstore_ps(out, first_lanes(n), levels.at(widen(last_dense_bytes<B>(packed, n))));
}

template <int B, class Levels>
inline void decode(const std::uint8_t* packed, std::int64_t n, const Levels& levels, float* out,
                   Stores stores) {
  if (stores == Stores::kStreaming && reinterpret_cast<std::uintptr_t>(out) % 64 == 0)
    decode_width<B, true>(packed, n, levels, out);
  else
    decode_width<B, false>(packed, n, levels, out);
}

void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out,
                   Stores stores) {
  with_width(width, [&](auto b) { decode<b.value>(packed, n, TableLevels<b.value>(table), out, stores); });
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out,
                       Stores stores) {
  if (q.step < 0x1p-90f)  // 2^-31 of it would lose bits
    return scalar::unpack_dequantize(packed, n, q, out, stores);
  with_width(q.width, [&](auto b) {
    constexpr int kWidth = b.value;
    if constexpr (kWidth <= 3) {
      float levels[1 << kWidth];
      for (int c = 0; c < 1 << kWidth; ++c)
        levels[c] = c < q.states ? __builtin_fmaf(static_cast<float>(c), q.step, q.base) : 0.0f;
      decode<kWidth>(packed, n, TableLevels<kWidth>(levels), out, stores);
    } else if (q.states == 1 << kWidth) {
      decode<kWidth>(packed, n, ComputedLevels<kWidth, true>(q), out, stores);
    } else {
      decode<kWidth>(packed, n, ComputedLevels<kWidth, false>(q), out, stores);
    }
  });
}

}  // namespace
}  // namespace packrat::kernels::avx2
