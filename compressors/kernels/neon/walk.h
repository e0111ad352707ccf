#pragma once
#include <arm_neon.h>

#include <cstring>
#include <utility>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/with_width.h"

// How packed codes come in and go out, 16 at a time, a byte each (bitpack.h says where each bit stands). LD4
// splits the 16 words of a block's lanes into planes: plane k is byte k of every lane's stream. The codes of
// a row stand in one plane or two, for all lanes at the same bit. Part of neon.cpp alone: everything is in an
// unnamed namespace.

namespace packrat::kernels::neon {
namespace {

constexpr int kHalf = kLanes / 2;
constexpr int kBlockRows = kBlockValues / kLanes;

using AllRows = std::make_integer_sequence<int, kBlockRows>;

/// The planes of a block of codes of B < 8 bits.
template <int B>
struct BlockPlanes {
  explicit BlockPlanes(const std::uint8_t* block) {
    for (int i = 0; i < B; ++i) word[i] = vld4q_u8(block + 64 * i);
  }
  template <int K>
  uint8x16_t plane() const {
    return word[K / 4].val[K % 4];
  }

  /// The codes of row R.
  template <int R>
  uint8x16_t row() const {
    constexpr int shift = R * B % 8, index = R * B / 8;
    const uint8x16_t mask = vdupq_n_u8((1 << B) - 1);
    if constexpr (shift == 0)
      return vandq_u8(plane<index>(), mask);
    else if constexpr (shift + B < 8)
      return vandq_u8(vshrq_n_u8(plane<index>(), shift), mask);
    else if constexpr (shift + B == 8)
      return vshrq_n_u8(plane<index>(), shift);
    else
      return vandq_u8(vsliq_n_u8(vshrq_n_u8(plane<index>(), shift), plane<index + 1>(), 8 - shift), mask);
  }

  uint8x16x4_t word[B];
};

/// Row R of codes of B < 8 bits, rows put in ascending order: goes into the planes of `word`, which are
/// written once full.
template <int B, int R>
inline void put_row(uint8x16_t codes, uint8x16x4_t& word, std::uint8_t* block) {
  constexpr int shift = R * B % 8, index = R * B / 8, place = index % 4;
  if constexpr (shift == 0)
    word.val[place] = codes;
  else
    word.val[place] = vsliq_n_u8(word.val[place], codes, shift);
  if constexpr (shift + B >= 8 && place == 3) vst4q_u8(block + 64 * (index / 4), word);
  if constexpr (shift + B > 8) word.val[(place + 1) % 4] = vshrq_n_u8(codes, 8 - shift);
}

// Dense codes, least significant bit first: 8 of them are B bytes.

/// 8 codes, from a byte each to one behind the other.
template <int B>
inline std::uint64_t squeeze(std::uint64_t codes) {
  if constexpr (B == kMaxWidth) return codes;
  codes = (codes & 0x00ff00ff00ff00ffu) | (codes & 0xff00ff00ff00ff00u) >> (8 - B);
  codes = (codes & 0x0000ffff0000ffffu) | (codes & 0xffff0000ffff0000u) >> (16 - 2 * B);
  return (codes & 0xffffffffu) | codes >> 32 << 4 * B;
}

/// The inverse; the bits above the 8 codes are 0.
template <int B>
inline std::uint64_t spread(std::uint64_t bits) {
  if constexpr (B == kMaxWidth) return bits;
  constexpr std::uint64_t four = (1ull << 4 * B) - 1, two = ((1u << 2 * B) - 1) * 0x100000001u,
                          one = ((1u << B) - 1) * 0x0001000100010001u;
  bits = (bits & four) | bits >> 4 * B << 32;
  bits = (bits & two) | (bits & two << 2 * B) << (16 - 2 * B);
  return (bits & one) | (bits & one << B) << (8 - B);
}

inline std::uint64_t first_bytes(std::uint64_t bytes, std::int64_t count) {
  return bytes & ((1ull << 8 * count) - 1);  // count < 8
}

template <int B, class Source, int... R>
inline void pack_block(const Source& source, std::int64_t first, std::uint8_t* block,
                       std::integer_sequence<int, R...>) {
  uint8x16x4_t word;
  word.val[0] = word.val[1] = word.val[2] = word.val[3] = vdupq_n_u8(0);
  (put_row<B, R>(source.row(first + kLanes * R), word, block), ...);
}

/// Packs n codes. source.row(i): those of values i .. i+15, a byte each; source.eight(i): of i .. i+7;
/// source.last(i, count): of fewer than 8, zeros above them.
template <int B, class Source>
inline void pack_from(const Source& source, std::int64_t n, std::uint8_t* packed) {
  std::int64_t i = 0;
  if constexpr (B == kMaxWidth)
    for (; i + kLanes <= n; i += kLanes, packed += kLanes) vst1q_u8(packed, source.row(i));
  else
    for (; i + kBlockValues <= n; i += kBlockValues, packed += 64 * B)
      pack_block<B>(source, i, packed, AllRows());
  for (; i + kHalf <= n; i += kHalf, packed += B) {
    const std::uint64_t bits = squeeze<B>(source.eight(i));
    std::memcpy(packed, &bits, B);
  }
  if (i == n) return;
  const std::uint64_t bits = squeeze<B>(source.last(i, n - i));
  std::memcpy(packed, &bits, static_cast<std::size_t>(packed_bytes(n - i, B)));
}

template <int B, class Sink, int... R>
inline void unpack_block(const std::uint8_t* block, std::int64_t first, Sink& sink,
                         std::integer_sequence<int, R...>) {
  const BlockPlanes<B> planes(block);
  (sink.row(first + kLanes * R, planes.template row<R>()), ...);
}

/// Unpacks n codes. sink.row(i, codes) takes those of values i .. i+15, sink.eight(i, codes) of i .. i+7,
/// sink.last(i, codes, count) of fewer than 8, zeros above them.
template <int B, class Sink>
inline void unpack_to(const std::uint8_t* packed, std::int64_t n, Sink&& sink) {
  std::int64_t i = 0;
  if constexpr (B == kMaxWidth)
    for (; i + kLanes <= n; i += kLanes, packed += kLanes) sink.row(i, vld1q_u8(packed));
  else
    for (; i + kBlockValues <= n; i += kBlockValues, packed += 64 * B)
      unpack_block<B>(packed, i, sink, AllRows());
  std::uint64_t bits = 0;
  for (; i + kHalf <= n; i += kHalf, packed += B) {
    std::memcpy(&bits, packed, B);
    sink.eight(i, spread<B>(bits));
  }
  if (i == n) return;
  bits = 0;
  std::memcpy(&bits, packed, static_cast<std::size_t>(packed_bytes(n - i, B)));
  sink.last(i, first_bytes(spread<B>(bits), n - i), n - i);
}

inline uint8x16_t low_half(std::uint64_t bytes) {
  return vcombine_u8(vcreate_u8(bytes), vdup_n_u8(0));
}

}  // namespace
}  // namespace packrat::kernels::neon
