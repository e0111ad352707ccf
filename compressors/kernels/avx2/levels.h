#pragma once
#include "compressors/kernels/avx2/codes.h"
#include "compressors/kernels/avx2/walk.h"
#include "compressors/kernels/scalar/scalar.h"

// Packed codes to floats in one go: by permutation from a table in one or two registers, else by arithmetic.
// Larger tables of arbitrary levels are read one level at a time: gathering is slower than that on many
// processors that have AVX2.

namespace packrat::kernels::avx2 {
namespace {

/// Levels from a table of 2^B floats, B <= 4. Up to four levels stand in each half of a register, as
/// permuting within halves takes half as long as across.
template <int B>
struct TableLevels {
  explicit TableLevels(const float* levels) {
    if constexpr (B == 1) {
      double both;
      std::memcpy(&both, levels, sizeof both);
      table = _mm256_castpd_ps(_mm256_set1_pd(both));
    } else if constexpr (B == 2) {
      const __m128 four = _mm_loadu_ps(levels);
      table = _mm256_set_m128(four, four);
    } else {
      table = _mm256_loadu_ps(levels);
    }
    if constexpr (B == 4) upper = _mm256_loadu_ps(levels + kHalf);
  }

  /// The levels that unpack_dequantize() defines, B <= 3: fma(code, step, base), 0 from code q.states up.
  /// Made in registers, as a table that was just written would have to be waited for.
  explicit TableLevels(const UniformQuantizer& q) {
    const __m256i code = _mm256_and_si256(lane_numbers(), _mm256_set1_epi32((1 << B) - 1));
    const __m256i known = _mm256_cmpgt_epi32(_mm256_set1_epi32(q.states), code);
    const __m256 level =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(code), _mm256_set1_ps(q.step), _mm256_set1_ps(q.base));
    table = _mm256_and_ps(level, _mm256_castsi256_ps(known));
  }

  template <int R, class Words>
  __m256 row(const Words& words) const {
    return at(row_bits<B, R>(words));
  }
  /// The levels of the low B bits of each lane.
  __m256 at(__m256i code) const {
    if constexpr (B <= 2) return _mm256_permutevar_ps(table, code);
    if constexpr (B == 3) return _mm256_permutevar8x32_ps(table, code);
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(table, code), _mm256_permutevar8x32_ps(upper, code),
                            _mm256_castsi256_ps(_mm256_slli_epi32(code, 28)));
  }

  __m256 table, upper;
};

/// Levels by arithmetic. Four rows are moved to the low end of the word at once and then not further: a code
/// that stands s bits up is 2^s times as large, which a step 2^-s times as large undoes exactly.
template <int B, bool AllCodes>
struct ComputedLevels {
  static constexpr int kWindow = 4;

  explicit ComputedLevels(const UniformQuantizer& q) : base(_mm256_set1_ps(q.base)) {
    for (int i = 0; i < kWindow; ++i) {
      const auto scale = static_cast<float>(1 << i * B % 32);
      mask[i] = _mm256_set1_epi32(((1 << B) - 1) << i * B % 32);
      step[i] = _mm256_set1_ps(q.step / scale);
      states[i] = _mm256_set1_ps(static_cast<float>(q.states) * scale);
    }
  }

  template <int R, class Words>
  __m256 row(const Words& words) const {
    constexpr int place = R % kWindow;
    return in_window<place>(row_bits<B, R - place, kWindow * B>(words));
  }
  /// The levels of the low B bits of each lane.
  __m256 at(__m256i code) const { return in_window<0>(code); }

  template <int Place>
  __m256 in_window(__m256i window) const {
    if constexpr (B < kMaxWidth) window = _mm256_and_si256(window, mask[Place]);  // bytes come alone
    const __m256 code = _mm256_cvtepi32_ps(window);
    const __m256 level = _mm256_fmadd_ps(code, step[Place], base);
    return AllCodes ? level : _mm256_and_ps(level, _mm256_cmp_ps(code, states[Place], _CMP_LT_OQ));
  }

  __m256 base, step[kWindow], states[kWindow];
  __m256i mask[kWindow];
};

// Both halves of a row go out one right behind the other: they are a line of the cache, and a line that is
// begun and left and finished later costs twice in the caches and eight times in streaming stores. Rows come
// in runs, as many as have words that all fit in registers: words that are loaded between stores may be held
// up by them. Levels travel by value, so that they stay in registers while values are stored.
template <int B>
constexpr int kRun = B <= 4 ? kBlockRows : 8;

template <int B, int First, bool Streaming, class Levels, int... I>
[[gnu::always_inline]] inline void decode_run(const std::uint8_t* block, const Levels levels, float* out,
                                              std::integer_sequence<int, I...>) {
  const BlockWords<B, First, kRun<B>> low(block), high(block + 32);
  ((store_half<Streaming>(out + kLanes * (First + I), levels.template row<First + I>(low)),
    store_half<Streaming>(out + kLanes * (First + I) + kHalf, levels.template row<First + I>(high))),
   ...);
}

template <int B, bool Streaming, class Levels, int... Run>
[[gnu::always_inline]] inline void decode_block(const std::uint8_t* block, const Levels levels, float* out,
                                                std::integer_sequence<int, Run...>) {
  (decode_run<B, kRun<B> * Run, Streaming>(block, levels, out, std::make_integer_sequence<int, kRun<B>>()),
   ...);
}

// Inlined, as everything that takes registers of 256 bits must be: GCC leaves it to the caller to clear their
// upper halves behind a function with such arguments, and a caller that ends in a jump to it does not. Code
// that uses 128 bits then waits for registers it does not need.
template <int B, bool Streaming, class Levels>
[[gnu::always_inline]] inline void decode_width(const std::uint8_t* packed, std::int64_t n,
                                                const Levels levels, float* out) {
  if constexpr (B < kMaxWidth)
    for (; n >= kBlockValues; n -= kBlockValues, packed += 64 * B, out += kBlockValues)
      decode_block<B, Streaming>(packed, levels, out,
                                 std::make_integer_sequence<int, kBlockRows / kRun<B>>());
  constexpr int kAtOnce = 8;
  if constexpr (B == kMaxWidth)
    for (; n >= kAtOnce * kHalf; n -= kAtOnce * kHalf, packed += kAtOnce * kHalf, out += kAtOnce * kHalf)
      for (int i = 0; i < kAtOnce; ++i)
        store_half<Streaming>(out + kHalf * i, levels.at(dense_codes<B>(packed + kHalf * i)));
  for (; n >= kHalf; n -= kHalf, packed += B, out += kHalf)
    store_half<Streaming>(out, levels.at(dense_codes<B>(packed)));
  if (n > 0) _mm256_maskstore_ps(out, first_lanes(n), levels.at(widen(last_dense_bytes<B>(packed, n))));
}

inline bool streams_to(const float* out, Stores stores) {
  return stores == Stores::kStreaming && reinterpret_cast<std::uintptr_t>(out) % 64 == 0;
}

template <int B, class Levels>
inline void decode(const std::uint8_t* packed, std::int64_t n, const Levels& levels, float* out,
                   Stores stores) {
  if (streams_to(out, stores))
    decode_width<B, true>(packed, n, levels, out);
  else
    decode_width<B, false>(packed, n, levels, out);
}

inline __m128 four_levels(const float* table, const std::uint8_t* codes) {
  std::uint32_t four;  // in one load: loads are what is short
  std::memcpy(&four, codes, sizeof four);
  __m128 levels = _mm_load_ss(table + (four & 255));
  levels = _mm_insert_ps(levels, _mm_load_ss(table + (four >> 8 & 255)), 0x10);
  levels = _mm_insert_ps(levels, _mm_load_ss(table + (four >> 16 & 255)), 0x20);
  return _mm_insert_ps(levels, _mm_load_ss(table + (four >> 24)), 0x30);
}

template <bool Streaming>
inline void look_up_bytes(const std::uint8_t* codes, std::int64_t n, const float* table, float* out) {
  for (; n >= kHalf; n -= kHalf, codes += kHalf, out += kHalf)
    store_half<Streaming>(out, _mm256_set_m128(four_levels(table, codes + 4), four_levels(table, codes)));
  for (; n > 0; --n) *out++ = table[*codes++];
}

/// Levels from a table of 2^B floats, B > 4, a block's codes as bytes in between.
template <int B, bool Streaming>
inline void look_up(const std::uint8_t* packed, std::int64_t n, const float* table, float* out) {
  if constexpr (B == kMaxWidth) return look_up_bytes<Streaming>(packed, n, table, out);
  std::uint8_t codes[kBlockValues];
  for (; n > 0; n -= kBlockValues, packed += 64 * B, out += kBlockValues) {
    const std::int64_t count = n < kBlockValues ? n : kBlockValues;
    unpack_width<B>(packed, count, codes);
    look_up_bytes<Streaming>(codes, count, table, out);
  }
}

void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out,
                   Stores stores) {
  with_width(width, [&](auto b) {
    if constexpr (b.value <= 4)
      decode<b.value>(packed, n, TableLevels<b.value>(table), out, stores);
    else if (streams_to(out, stores))
      look_up<b.value, true>(packed, n, table, out);
    else
      look_up<b.value, false>(packed, n, table, out);
  });
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out,
                       Stores stores) {
  if (q.step < 0x1p-90f && q.width > 3)  // 2^-24 of it could lose bits
    return scalar::unpack_dequantize(packed, n, q, out, stores);
  with_width(q.width, [&](auto b) {
    constexpr int kWidth = b.value;
    if constexpr (kWidth <= 3)
      decode<kWidth>(packed, n, TableLevels<kWidth>(q), out, stores);
    else if (q.states == 1 << kWidth)
      decode<kWidth>(packed, n, ComputedLevels<kWidth, true>(q), out, stores);
    else
      decode<kWidth>(packed, n, ComputedLevels<kWidth, false>(q), out, stores);
  });
}

}  // namespace
}  // namespace packrat::kernels::avx2
