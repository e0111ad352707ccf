#pragma once
#include "compressors/kernels/avx2/walk.h"

// Codes between bytes and bits. Four rows travel together: their codes as the four bytes of each lane.

namespace packrat::kernels::avx2 {
namespace {

inline __m256i transpose_bytes(__m256i v) {  // 4 x 4 bytes of each 128-bit half
  return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4,
                                                 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}

inline std::uint64_t load_eight(const std::uint8_t* from) {
  std::uint64_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}
inline void store_eight(std::uint8_t* to, long long bytes) {
  std::memcpy(to, &bytes, sizeof bytes);
}

// The codes of four rows, 8 bytes at codes + 16 j each, as byte j of each lane.
inline __m256i load_four(const std::uint8_t* codes) {
  const __m256i rows = _mm256_setr_epi64x(
      static_cast<long long>(load_eight(codes)), static_cast<long long>(load_eight(codes + 16)),
      static_cast<long long>(load_eight(codes + 32)), static_cast<long long>(load_eight(codes + 48)));
  return transpose_bytes(_mm256_permutevar8x32_epi32(rows, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7)));
}
inline void store_four(std::uint8_t* codes, __m256i lanes) {
  const __m256i rows =
      _mm256_permutevar8x32_epi32(transpose_bytes(lanes), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  store_eight(codes, _mm256_extract_epi64(rows, 0));
  store_eight(codes + 16, _mm256_extract_epi64(rows, 1));
  store_eight(codes + 32, _mm256_extract_epi64(rows, 2));
  store_eight(codes + 48, _mm256_extract_epi64(rows, 3));
}

// Four codes of B < 8 bits, a byte each, become one field of 4 B bits.
template <int B>
inline __m256i join_four(__m256i lanes) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi16(static_cast<short>(1 << B << 8 | 1)), lanes);
  return _mm256_madd_epi16(pairs, _mm256_set1_epi32(1 << 2 * B << 16 | 1));
}

template <int B, int... F>
inline void pack_half(const std::uint8_t* codes, std::uint8_t* block, std::integer_sequence<int, F...>) {
  __m256i word = _mm256_setzero_si256();
  (put_field<4 * B, F>(join_four<B>(load_four(codes + 64 * F)), word, block), ...);
}

template <int B>
inline void pack_width(const std::uint8_t* codes, std::int64_t n, std::uint8_t* packed) {
  for (; n >= kBlockValues; n -= kBlockValues, codes += kBlockValues, packed += 64 * B)
    for (int half = 0; half < 2; ++half)
      pack_half<B>(codes + kHalf * half, packed + 32 * half,
                   std::make_integer_sequence<int, kBlockRows / 4>());
  for (; n >= kHalf; n -= kHalf, codes += kHalf, packed += B) {
    const std::uint64_t bits = _pext_u64(load_eight(codes), kByteFields<B>);
    std::memcpy(packed, &bits, B);
  }
  if (n == 0) return;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, codes, static_cast<std::size_t>(n));
  const std::uint64_t bits = _pext_u64(bytes, kByteFields<B>);
  std::memcpy(packed, &bits, static_cast<std::size_t>((n * B + 7) / 8));
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
inline __m256i add_byte(const BlockWords<B>& words, __m256i lanes) {
  constexpr int shift = R * B % 32, byte = 8 * (R % 4);
  constexpr auto mask = static_cast<int>(((1u << B) - 1) << byte);
  __m256i moved;
  if constexpr (shift + B > 32)
    moved = _mm256_slli_epi32(row_bits<B, R>(words), byte);
  else if constexpr (shift > byte)
    moved = _mm256_srli_epi32(words.template word<R * B / 32>(), shift - byte);
  else
    moved = _mm256_slli_epi32(words.template word<R * B / 32>(), byte - shift);
  return _mm256_or_si256(lanes, _mm256_and_si256(moved, _mm256_set1_epi32(mask)));
}

template <int B, int F>
inline void unpack_four(const BlockWords<B>& words, std::uint8_t* codes) {
  __m256i lanes = add_byte<B, 4 * F>(words, _mm256_setzero_si256());
  lanes = add_byte<B, 4 * F + 1>(words, lanes);
  lanes = add_byte<B, 4 * F + 2>(words, lanes);
  lanes = add_byte<B, 4 * F + 3>(words, lanes);
  store_four(codes + 64 * F, lanes);
}

template <int B, int... F>
inline void unpack_half(const std::uint8_t* block, std::uint8_t* codes, std::integer_sequence<int, F...>) {
  const BlockWords<B> words(block);
  (unpack_four<B, F>(words, codes), ...);
}

template <int B>
inline void unpack_width(const std::uint8_t* packed, std::int64_t n, std::uint8_t* codes) {
  for (; n >= kBlockValues; n -= kBlockValues, codes += kBlockValues, packed += 64 * B)
    for (int half = 0; half < 2; ++half)
      unpack_half<B>(packed + 32 * half, codes + kHalf * half,
                     std::make_integer_sequence<int, kBlockRows / 4>());
  for (; n >= kHalf; n -= kHalf, codes += kHalf, packed += B)
    store_eight(codes, static_cast<long long>(dense_bytes<B>(packed)));
  if (n == 0) return;
  const std::uint64_t bytes = last_dense_bytes<B>(packed, n);
  std::memcpy(codes, &bytes, static_cast<std::size_t>(n));
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
inline __m256i greatest_in_half(const std::uint8_t* block, __m256i greatest,
                                std::integer_sequence<int, R...>) {
  const BlockWords<B> words(block);
  const __m256i mask = _mm256_set1_epi32((1 << B) - 1);
  ((greatest = _mm256_max_epu32(greatest, _mm256_and_si256(row_bits<B, R>(words), mask))), ...);
  return greatest;
}

template <int B>
inline bool all_below(const std::uint8_t* packed, std::int64_t n, int states) {
  __m256i greatest = _mm256_setzero_si256();
  if constexpr (B < kMaxWidth)
    for (; n >= kBlockValues; n -= kBlockValues, packed += 64 * B)
      for (int half = 0; half < 2; ++half)
        greatest = greatest_in_half<B>(packed + 32 * half, greatest, AllRows());
  for (; n >= kHalf; n -= kHalf, packed += B) greatest = _mm256_max_epu32(greatest, dense_codes<B>(packed));
  if (n > 0) greatest = _mm256_max_epu32(greatest, widen(last_dense_bytes<B>(packed, n)));
  const __m256i over = _mm256_cmpgt_epi32(greatest, _mm256_set1_epi32(states - 1));
  return _mm256_testz_si256(over, over) != 0;
}

bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states) {
  if (states >= 1 << width) return true;
  bool below = true;
  with_width(width, [&](auto b) { below = all_below<b.value>(packed, n, states); });
  return below;
}

}  // namespace
}  // namespace packrat::kernels::avx2
