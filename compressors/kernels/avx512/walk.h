#pragma once
#include <immintrin.h>

#include <cstring>
#include <utility>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/with_width.h"

// How packed codes come in and go out, 16 at a time (bitpack.h says where each bit stands). Part of
// avx512.cpp alone: everything is in an unnamed namespace.

namespace packrat::kernels::avx512 {
namespace {

constexpr int kBlockRows = kBlockValues / kLanes;

using AllRows = std::make_integer_sequence<int, kBlockRows>;

inline __mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>(0xffffu >> (kLanes - count));
}

inline __m512i load(const void* from) {
  return _mm512_loadu_si512(from);
}
inline void store(void* to, __m512i value) {
  _mm512_storeu_si512(to, value);
}

/// Writes 16 floats; `Streaming` wants `to` aligned to 64 bytes.
template <bool Streaming>
inline void store_row(float* to, __m512 value) {
  if constexpr (Streaming)
    _mm512_stream_ps(to, value);
  else
    _mm512_storeu_ps(to, value);
}

template <int B>
struct BlockWords {
  explicit BlockWords(const std::uint8_t* block) {
    for (int i = 0; i < B; ++i) w[i] = load(block + 64 * i);
  }
  __m512i w[B];
};

/// What a block's lanes hold from row R on: `Bits` bits from its code upwards, and other rows' above them.
template <int B, int R, int Bits = B>
inline __m512i row_bits(const BlockWords<B>& words) {
  constexpr int shift = R * B % 32, index = R * B / 32;
  if constexpr (shift == 0)
    return words.w[index];
  else if constexpr (shift + Bits <= 32)
    return _mm512_srli_epi32(words.w[index], shift);
  else
    return _mm512_shrdi_epi32(words.w[index], words.w[index + 1], shift);
}

/// Field F of W bits in a block's lanes, fields put in ascending order: enters `word` from the top, which
/// then moves down. Bits of `field` above the W are ignored. Writes each word once it is full.
template <int W, int F>
inline void put_field(__m512i field, __m512i& word, std::uint8_t* block) {
  constexpr int shift = F * W % 32, index = F * W / 32;
  if constexpr (shift == 0) {
    word = _mm512_slli_epi32(field, 32 - W);
  } else if constexpr (shift + W <= 32) {
    word = _mm512_shrdi_epi32(word, field, W);
  } else {
    store(block + 64 * index, _mm512_shrdi_epi32(word, field, 32 - shift));
    word = _mm512_slli_epi32(field, 32 - W);
  }
  if constexpr (shift + W == 32) store(block + 64 * index, word);
}

// Dense codes, least significant bit first: 8 of them are B bytes, which BMI2 spreads to a byte each and
// back.
template <int B>
constexpr std::uint64_t kByteFields = 0x0101010101010101u * ((1u << B) - 1);

template <int B>
inline __m512i dense_codes(const std::uint8_t* packed) {
  std::uint64_t low = 0, high = 0;
  std::memcpy(&low, packed, B);
  std::memcpy(&high, packed + B, B);
  return _mm512_cvtepu8_epi32(_mm_set_epi64x(static_cast<long long>(_pdep_u64(high, kByteFields<B>)),
                                             static_cast<long long>(_pdep_u64(low, kByteFields<B>))));
}

/// 1 to 15 codes; the lanes after them become 0.
template <int B>
inline __m512i last_dense_codes(const std::uint8_t* packed, std::int64_t count) {
  std::uint8_t bytes[2 * kMaxWidth] = {};
  std::memcpy(bytes, packed, static_cast<std::size_t>((count * B + 7) / 8));
  return _mm512_maskz_mov_epi32(first_lanes(count), dense_codes<B>(bytes));
}

/// The low B bits of 16 lanes, dense.
template <int B>
inline void put_dense(__m512i codes, std::uint8_t* packed) {
  const __m128i bytes = _mm512_cvtepi32_epi8(codes);
  const std::uint64_t low = _pext_u64(static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes)), kByteFields<B>);
  const std::uint64_t high =
      _pext_u64(static_cast<std::uint64_t>(_mm_extract_epi64(bytes, 1)), kByteFields<B>);
  std::memcpy(packed, &low, B);
  std::memcpy(packed + B, &high, B);
}

template <int B>
inline void put_last_dense(__m512i codes, std::int64_t count, std::uint8_t* packed) {
  std::uint8_t bytes[2 * kMaxWidth] = {};
  put_dense<B>(_mm512_maskz_mov_epi32(first_lanes(count), codes), bytes);
  std::memcpy(packed, bytes, static_cast<std::size_t>((count * B + 7) / 8));
}

}  // namespace
}  // namespace packrat::kernels::avx512
