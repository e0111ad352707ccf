#pragma once
#include <immintrin.h>

#include <cstring>
#include <utility>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/with_width.h"

// How packed codes come in and go out, 8 at a time (bitpack.h says where each bit stands). The 16 lanes of a
// block are two halves, one after the other. Part of avx2.cpp alone: everything is in an unnamed namespace.

namespace packrat::kernels::avx2 {
namespace {

constexpr int kHalf = kLanes / 2;
constexpr int kBlockRows = kBlockValues / kLanes;

using AllRows = std::make_integer_sequence<int, kBlockRows>;

inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
inline void store(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}
inline __m256i lane_numbers() {
  return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}
inline __m256i first_lanes(std::int64_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane_numbers());
}

/// Writes 8 floats; `Streaming` wants `to` aligned to 32 bytes.
template <bool Streaming>
inline void store_half(float* to, __m256 value) {
  if constexpr (Streaming)
    _mm256_stream_ps(to, value);
  else
    _mm256_storeu_ps(to, value);
}

/// Half the lanes of a block, those whose words begin at `block`: the words that hold `Rows` rows from row
/// `First` on.
template <int B, int First = 0, int Rows = kBlockRows>
struct BlockWords {
  static constexpr int kBegin = First * B / 32, kEnd = ((First + Rows) * B + 31) / 32;

  explicit BlockWords(const std::uint8_t* block) {
    for (int i = 0; i < kEnd - kBegin; ++i) w[i] = load(block + 64 * (kBegin + i));
  }
  template <int I>
  __m256i word() const {
    static_assert(kBegin <= I && I < kEnd);
    return w[I - kBegin];
  }

  __m256i w[kEnd - kBegin];
};

/// What half a block's lanes hold from row R on: `Bits` bits from its code upwards, and other rows' above
/// them.
template <int B, int R, int Bits = B, class Words>
inline __m256i row_bits(const Words& words) {
  constexpr int shift = R * B % 32, index = R * B / 32;
  if constexpr (shift == 0)
    return words.template word<index>();
  else if constexpr (shift + Bits <= 32)
    return _mm256_srli_epi32(words.template word<index>(), shift);
  else
    return _mm256_or_si256(_mm256_srli_epi32(words.template word<index>(), shift),
                           _mm256_slli_epi32(words.template word<index + 1>(), 32 - shift));
}

template <int Bits>
inline __m256i push_down(__m256i word, __m256i field) {
  return _mm256_or_si256(_mm256_srli_epi32(word, Bits), _mm256_slli_epi32(field, 32 - Bits));
}

/// Field F of W bits in half a block's lanes, fields put in ascending order: enters `word` from the top,
/// which then moves down. Bits of `field` above the W are ignored. Writes each word once it is full.
template <int W, int F>
inline void put_field(__m256i field, __m256i& word, std::uint8_t* block) {
  constexpr int shift = F * W % 32, index = F * W / 32;
  if constexpr (shift == 0) {
    word = _mm256_slli_epi32(field, 32 - W);
  } else if constexpr (shift + W <= 32) {
    word = push_down<W>(word, field);
  } else {
    store(block + 64 * index, push_down<32 - shift>(word, field));
    word = _mm256_slli_epi32(field, 32 - W);
  }
  if constexpr (shift + W == 32) store(block + 64 * index, word);
}

// Dense codes, least significant bit first: 8 of them are B bytes, which BMI2 spreads to a byte each and
// back.
template <int B>
constexpr std::uint64_t kByteFields = 0x0101010101010101u * ((1u << B) - 1);

template <int B>
inline std::uint64_t dense_bytes(const std::uint8_t* packed) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, packed, B);
  return _pdep_u64(bits, kByteFields<B>);
}

/// 1 to 7 codes; the bytes after them become 0.
template <int B>
inline std::uint64_t last_dense_bytes(const std::uint8_t* packed, std::int64_t count) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, packed, static_cast<std::size_t>((count * B + 7) / 8));
  return _pdep_u64(_bzhi_u64(bits, static_cast<unsigned>(count * B)), kByteFields<B>);
}

inline __m256i widen(std::uint64_t bytes) {
  return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes)));
}

/// 8 dense codes, one a lane.
template <int B>
inline __m256i dense_codes(const std::uint8_t* packed) {
  if constexpr (B == kMaxWidth)
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(packed)));
  return widen(dense_bytes<B>(packed));
}

/// The low B bits of 8 lanes, dense, in the low 8 B bits.
template <int B>
inline std::uint64_t dense_bits(__m256i codes) {
  const __m256i low_bytes = _mm256_shuffle_epi8(
      codes, _mm256_set1_epi64x(static_cast<long long>(0x808080800c080400u)));  // of each 128-bit half
  const __m256i bytes = _mm256_permutevar8x32_epi32(low_bytes, _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4));
  return _pext_u64(static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(bytes))),
                   kByteFields<B>);
}

template <int B>
inline void put_dense(__m256i codes, std::uint8_t* packed) {
  const std::uint64_t bits = dense_bits<B>(codes);
  std::memcpy(packed, &bits, B);
}

template <int B>
inline void put_last_dense(__m256i codes, std::int64_t count, std::uint8_t* packed) {
  const std::uint64_t bits = _bzhi_u64(dense_bits<B>(codes), static_cast<unsigned>(count * B));
  std::memcpy(packed, &bits, static_cast<std::size_t>((count * B + 7) / 8));
}

}  // namespace
}  // namespace packrat::kernels::avx2
