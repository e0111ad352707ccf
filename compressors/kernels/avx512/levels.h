#pragma once
#include "compressors/kernels/avx512/walk.h"
#include "compressors/kernels/scalar/scalar.h"

// Packed codes to floats in one go. The processor starts two vector operations a cycle and stores one row, so
// a decoder that keeps up with the store has two: a shift, and a permutation that looks a level up by its low
// 4 or 5 index bits, whatever stands above them.

namespace packrat::kernels::avx512 {
namespace {

/// Levels from a table of 2^B floats, held in registers; `first` bits of index a register.
template <int B>
struct TableLevels {
  static constexpr int kRegisters = B <= 4 ? 1 : 1 << (B - 4);

  explicit TableLevels(const float* levels) {
    if constexpr (B == 1)
      table[0] = _mm512_castpd_ps(_mm512_set1_pd(load_as<double>(levels)));
    else if constexpr (B == 2)
      table[0] = _mm512_broadcast_f32x4(_mm_loadu_ps(levels));
    else if constexpr (B == 3)
      table[0] = _mm512_broadcast_f32x8(_mm256_loadu_ps(levels));
    else
      for (int t = 0; t < kRegisters; ++t) table[t] = _mm512_loadu_ps(levels + kLanes * t);
  }

  /// The levels that unpack_dequantize() defines: fma(code, step, base), 0 from code q.states up.
  explicit TableLevels(const UniformQuantizer& q) {
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (int t = 0; t < kRegisters; ++t) {
      __m512i code = _mm512_add_epi32(lane, _mm512_set1_epi32(kLanes * t));
      if constexpr (B < 4) code = _mm512_and_si512(code, _mm512_set1_epi32((1 << B) - 1));
      const __mmask16 known = _mm512_cmplt_epi32_mask(code, _mm512_set1_epi32(q.states));
      table[t] = _mm512_maskz_fmadd_ps(known, _mm512_cvtepi32_ps(code), _mm512_set1_ps(q.step),
                                       _mm512_set1_ps(q.base));
    }
  }

  template <int R>
  __m512 row(const BlockWords<B>& words) const {
    return at(row_bits<B, R>(words));
  }
  /// The levels of the low B bits of each lane.
  __m512 at(__m512i code) const {
    if constexpr (B <= 4)
      return _mm512_permutexvar_ps(code, table[0]);
    else
      return pick<B>(code, table);
  }

 private:
  template <class T>
  static T load_as(const float* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  // From 2^Bits levels: one permutation takes 5 bits, each bit more chooses between two halves.
  template <int Bits>
  static __m512 pick(__m512i code, const __m512* from) {
    if constexpr (Bits == 5) {
      return _mm512_permutex2var_ps(from[0], code, from[1]);
    } else {
      const __mmask16 upper = _mm512_movepi32_mask(_mm512_slli_epi32(code, 32 - Bits));
      return _mm512_mask_blend_ps(upper, pick<Bits - 1>(code, from),
                                  pick<Bits - 1>(code, from + (1 << (Bits - 5))));
    }
  }

  __m512 table[kRegisters];
};

/// Levels by arithmetic, for widths whose tables take more than one permutation. Four rows are moved to the
/// low end of the word at once and then not further: a code that stands s bits up is 2^s times as large,
/// which a step 2^-s times as large undoes exactly.
template <int B, bool AllCodes>
struct ComputedLevels {
  static constexpr int kWindow = 4;

  explicit ComputedLevels(const UniformQuantizer& q) : base(_mm512_set1_ps(q.base)) {
    for (int i = 0; i < kWindow; ++i) {
      const auto scale = static_cast<float>(1 << i * B % 32);
      mask[i] = _mm512_set1_epi32(((1 << B) - 1) << i * B % 32);
      step[i] = _mm512_set1_ps(q.step / scale);
      states[i] = _mm512_set1_ps(static_cast<float>(q.states) * scale);
    }
  }

  template <int R>
  __m512 row(const BlockWords<B>& words) const {
    constexpr int place = R % kWindow;
    return in_window<place>(row_bits<B, R - place, kWindow * B>(words));
  }
  /// The levels of the low B bits of each lane.
  __m512 at(__m512i code) const { return in_window<0>(code); }

  template <int Place>
  __m512 in_window(__m512i window) const {
    if constexpr (B < kMaxWidth) window = _mm512_and_si512(window, mask[Place]);  // bytes come alone
    const __m512 code = _mm512_cvtepi32_ps(window);
    if constexpr (AllCodes) return _mm512_fmadd_ps(code, step[Place], base);
    const __mmask16 known = _mm512_cmp_ps_mask(code, states[Place], _CMP_LT_OQ);
    return _mm512_maskz_fmadd_ps(known, code, step[Place], base);
  }

  __m512 base, step[kWindow], states[kWindow];
  __m512i mask[kWindow];
};

// Levels travel by value, so that they stay in registers while values are stored.
template <int B, bool Streaming, class Levels, int... R>
[[gnu::always_inline]] inline void decode_block(const std::uint8_t* block, const Levels levels, float* out,
                                                std::integer_sequence<int, R...>) {
  const BlockWords<B> words(block);
  (store_row<Streaming>(out + kLanes * R, levels.template row<R>(words)), ...);
}

template <int B, bool Streaming, class Levels>
inline void decode_width(const std::uint8_t* packed, std::int64_t n, const Levels levels, float* out) {
  if constexpr (B < kMaxWidth) {
    for (; n >= kBlockValues; n -= kBlockValues, packed += 64 * B, out += kBlockValues)
      decode_block<B, Streaming>(packed, levels, out, AllRows());
    for (; n >= kLanes; n -= kLanes, packed += 2 * B, out += kLanes)
      store_row<Streaming>(out, levels.at(dense_codes<B>(packed)));
  } else {
#pragma GCC unroll 4
    for (; n >= kLanes; n -= kLanes, packed += kLanes, out += kLanes) {
      const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(packed));
      store_row<Streaming>(out, levels.at(_mm512_cvtepu8_epi32(codes)));
    }
  }
  if (n > 0) _mm512_mask_storeu_ps(out, first_lanes(n), levels.at(last_dense_codes<B>(packed, n)));
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
  if (q.step < 0x1p-90f && q.width > 5)  // 2^-24 of it could lose bits
    return scalar::unpack_dequantize(packed, n, q, out, stores);
  with_width(q.width, [&](auto b) {
    constexpr int kWidth = b.value;
    if constexpr (kWidth <= 5)
      decode<kWidth>(packed, n, TableLevels<kWidth>(q), out, stores);
    else if (q.states == 1 << kWidth)
      decode<kWidth>(packed, n, ComputedLevels<kWidth, true>(q), out, stores);
    else
      decode<kWidth>(packed, n, ComputedLevels<kWidth, false>(q), out, stores);
  });
}

}  // namespace
}  // namespace packrat::kernels::avx512
