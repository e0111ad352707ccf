#pragma once
#include "compressors/kernels/avx512/walk.h"

// Codes between bytes and bits. Four rows travel together: their codes as the four bytes of each lane.

namespace packrat::kernels::avx512 {
namespace {

// Byte 16 j + l of 64 codes <-> byte j of lane l.
inline __m512i rows_to_lanes(__m512i codes) {
  alignas(64) static constexpr std::uint8_t kFrom[64] = {
      0,  16, 32, 48, 1,  17, 33, 49, 2,  18, 34, 50, 3,  19, 35, 51, 4,  20, 36, 52, 5,  21,
      37, 53, 6,  22, 38, 54, 7,  23, 39, 55, 8,  24, 40, 56, 9,  25, 41, 57, 10, 26, 42, 58,
      11, 27, 43, 59, 12, 28, 44, 60, 13, 29, 45, 61, 14, 30, 46, 62, 15, 31, 47, 63};
  return _mm512_permutexvar_epi8(load(kFrom), codes);
}
inline __m512i lanes_to_rows(__m512i lanes) {
  alignas(64) static constexpr std::uint8_t kFrom[64] = {
      0,  4,  8,  12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 1,  5,  9,  13, 17, 21,
      25, 29, 33, 37, 41, 45, 49, 53, 57, 61, 2,  6,  10, 14, 18, 22, 26, 30, 34, 38, 42, 46,
      50, 54, 58, 62, 3,  7,  11, 15, 19, 23, 27, 31, 35, 39, 43, 47, 51, 55, 59, 63};
  return _mm512_permutexvar_epi8(load(kFrom), lanes);
}

// Four codes of B < 8 bits, a byte each, become one field of 4 B bits.
template <int B>
inline __m512i join_four(__m512i lanes) {
  const __m512i pairs = _mm512_maddubs_epi16(_mm512_set1_epi16(static_cast<short>(1 << B << 8 | 1)), lanes);
  return _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 2 * B << 16 | 1));
}

template <int B, int... F>
inline void pack_block(const std::uint8_t* codes, std::uint8_t* block, std::integer_sequence<int, F...>) {
  __m512i word = _mm512_setzero_si512();
  (put_field<4 * B, F>(join_four<B>(rows_to_lanes(load(codes + 64 * F))), word, block), ...);
}

template <int B>
inline void pack_width(const std::uint8_t* codes, std::int64_t n, std::uint8_t* packed) {
  for (; n >= kBlockValues; n -= kBlockValues, codes += kBlockValues, packed += 64 * B)
    pack_block<B>(codes, packed, std::make_integer_sequence<int, kBlockRows / 4>());
  for (; n >= kLanes; n -= kLanes, codes += kLanes, packed += 2 * B)
    put_dense<B>(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes))), packed);
  if (n > 0) put_last_dense<B>(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first_lanes(n), codes)), n, packed);
}

void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed) {
  with_width(width, [&](auto b) {
    if constexpr (b.value < kMaxWidth)
      pack_width<b.value>(codes, n, packed);
    else if (n > 0)
      std::memcpy(packed, codes, static_cast<std::size_t>(n));
  });
}

// The codes of row R as byte R % 4 of each lane, beside those that `lanes` has.
template <int B, int R>
inline __m512i add_byte(const BlockWords<B>& words, __m512i lanes) {
  constexpr int shift = R * B % 32, byte = 8 * (R % 4);
  constexpr auto mask = static_cast<int>(((1u << B) - 1) << byte);
  __m512i moved;
  if constexpr (shift == byte)
    moved = words.w[R * B / 32];
  else if constexpr (shift + B <= 32)
    moved = _mm512_rol_epi32(words.w[R * B / 32], (byte - shift + 32) % 32);
  else
    moved = _mm512_slli_epi32((row_bits<B, R>(words)), byte);  // a macro without optimization
  constexpr int kMaskedOr = 0xf8;                              // a | (b & c)
  return _mm512_ternarylogic_epi32(lanes, moved, _mm512_set1_epi32(mask), kMaskedOr);
}

template <int B, int F>
inline void unpack_four(const BlockWords<B>& words, std::uint8_t* codes) {
  __m512i lanes = add_byte<B, 4 * F>(words, _mm512_setzero_si512());
  lanes = add_byte<B, 4 * F + 1>(words, lanes);
  lanes = add_byte<B, 4 * F + 2>(words, lanes);
  lanes = add_byte<B, 4 * F + 3>(words, lanes);
  store(codes + 64 * F, lanes_to_rows(lanes));
}

template <int B, int... F>
inline void unpack_block(const std::uint8_t* block, std::uint8_t* codes, std::integer_sequence<int, F...>) {
  const BlockWords<B> words(block);
  (unpack_four<B, F>(words, codes), ...);
}

template <int B>
inline void unpack_width(const std::uint8_t* packed, std::int64_t n, std::uint8_t* codes) {
  for (; n >= kBlockValues; n -= kBlockValues, codes += kBlockValues, packed += 64 * B)
    unpack_block<B>(packed, codes, std::make_integer_sequence<int, kBlockRows / 4>());
  for (; n >= kLanes; n -= kLanes, codes += kLanes, packed += 2 * B)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), _mm512_cvtepi32_epi8(dense_codes<B>(packed)));
  if (n > 0)
    _mm_mask_storeu_epi8(codes, first_lanes(n), _mm512_cvtepi32_epi8(last_dense_codes<B>(packed, n)));
}

void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes) {
  with_width(width, [&](auto b) {
    if constexpr (b.value < kMaxWidth)
      unpack_width<b.value>(packed, n, codes);
    else if (n > 0)
      std::memcpy(codes, packed, static_cast<std::size_t>(n));
  });
}

template <int B, int... R>
inline __m512i greatest_in_block(const std::uint8_t* block, __m512i greatest,
                                 std::integer_sequence<int, R...>) {
  const BlockWords<B> words(block);
  const __m512i mask = _mm512_set1_epi32((1 << B) - 1);
  ((greatest = _mm512_max_epu32(greatest, _mm512_and_si512(row_bits<B, R>(words), mask))), ...);
  return greatest;
}

template <int B>
inline std::uint32_t greatest_code(const std::uint8_t* packed, std::int64_t n) {
  __m512i greatest = _mm512_setzero_si512();
  if constexpr (B < kMaxWidth)
    for (; n >= kBlockValues; n -= kBlockValues, packed += 64 * B)
      greatest = greatest_in_block<B>(packed, greatest, AllRows());
  for (; n >= kLanes; n -= kLanes, packed += 2 * B)
    greatest = _mm512_max_epu32(greatest, dense_codes<B>(packed));
  if (n > 0) greatest = _mm512_max_epu32(greatest, last_dense_codes<B>(packed, n));
  return _mm512_reduce_max_epu32(greatest);
}

bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states) {
  if (states >= 1 << width) return true;
  std::uint32_t greatest = 0;
  with_width(width, [&](auto b) { greatest = greatest_code<b.value>(packed, n); });
  return greatest < static_cast<std::uint32_t>(states);
}

}  // namespace
}  // namespace packrat::kernels::avx512
