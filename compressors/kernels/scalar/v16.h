#pragma once
#include <cstdint>
#include <cstring>
#include <utility>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/with_width.h"

// The walk over packed codes, in plain C++. A Source yields codes, a Sink takes them:
//   source.row(i, code)  the codes of values i .. i+15 as uint32[16]      source.one(i)        of value i
//   sink.row(i, code)    takes the codes of values i .. i+15              sink.one(i, code)    of value i

namespace packrat::kernels {

constexpr int kBlockRows = kBlockValues / kLanes;

template <int B, int R, class Source>
static inline void pack_row(const Source& source, std::int64_t first, std::uint32_t* word,
                            std::uint8_t* block) {
  constexpr int shift = R * B % 32, index = R * B / 32;
  std::uint32_t code[kLanes];
  source.row(first + R * kLanes, code);
  for (int l = 0; l < kLanes; ++l) word[l] |= code[l] << shift;
  if constexpr (shift + B >= 32) {
    std::memcpy(block + 64 * index, word, 64);
    for (int l = 0; l < kLanes; ++l) word[l] = shift + B > 32 ? code[l] >> (32 - shift) : 0;
  }
}

template <int B, class Source, int... R>
static inline void pack_block(const Source& source, std::int64_t first, std::uint8_t* block,
                              std::integer_sequence<int, R...>) {
  std::uint32_t word[kLanes] = {};
  (pack_row<B, R>(source, first, word, block), ...);
}

template <int B, int R, class Sink>
static inline void unpack_row(const std::uint32_t* words, std::int64_t first, const Sink& sink) {
  constexpr int shift = R * B % 32, index = R * B / 32;
  constexpr std::uint32_t mask = (1u << B) - 1;
  const std::uint32_t* word = words + kLanes * index;
  std::uint32_t code[kLanes];
  for (int l = 0; l < kLanes; ++l) {
    code[l] = word[l] >> shift;
    if constexpr (shift + B > 32) code[l] |= word[l + kLanes] << (32 - shift);
    code[l] &= mask;
  }
  sink.row(first + R * kLanes, code);
}

template <int B, class Sink, int... R>
static inline void unpack_block(const std::uint8_t* block, std::int64_t first, const Sink& sink,
                                std::integer_sequence<int, R...>) {
  std::uint32_t words[kLanes * B];
  std::memcpy(words, block, sizeof words);
  (unpack_row<B, R>(words, first, sink), ...);
}

// Eight dense codes are exactly B bytes: one 64-bit word holds them, and only those bytes are touched.
template <int B, class Source>
static inline void pack_dense(const Source& source, std::int64_t first, std::int64_t n,
                              std::uint8_t* packed) {
  for (; first + 8 <= n; first += 8, packed += B) {
    std::uint64_t word = 0;
    for (int j = 0; j < 8; ++j) word |= static_cast<std::uint64_t>(source.one(first + j)) << (j * B);
    std::memcpy(packed, &word, B);
  }
  std::uint64_t word = 0;
  const int left = static_cast<int>(n - first);
  for (int j = 0; j < left; ++j) word |= static_cast<std::uint64_t>(source.one(first + j)) << (j * B);
  for (int byte = 0; byte < (left * B + 7) / 8; ++byte)
    packed[byte] = static_cast<std::uint8_t>(word >> 8 * byte);
}

template <int B, class Sink>
static inline void unpack_dense(const std::uint8_t* packed, std::int64_t first, std::int64_t n,
                                const Sink& sink) {
  constexpr std::uint64_t mask = (1u << B) - 1;
  for (; first + 8 <= n; first += 8, packed += B) {
    std::uint64_t word = 0;
    std::memcpy(&word, packed, B);
    for (int j = 0; j < 8; ++j) sink.one(first + j, static_cast<std::uint32_t>(word >> (j * B) & mask));
  }
  std::uint64_t word = 0;
  const int left = static_cast<int>(n - first);
  for (int byte = 0; byte < (left * B + 7) / 8; ++byte) word |= std::uint64_t{packed[byte]} << 8 * byte;
  for (int j = 0; j < left; ++j) sink.one(first + j, static_cast<std::uint32_t>(word >> (j * B) & mask));
}

template <int B, class Source>
static inline void pack_from(const Source& source, std::int64_t n, std::uint8_t* packed) {
  std::int64_t first = 0;
  if constexpr (B == 8) {
    std::uint32_t code[kLanes];
    for (; first + kLanes <= n; first += kLanes) {
      source.row(first, code);
      for (int l = 0; l < kLanes; ++l) packed[first + l] = static_cast<std::uint8_t>(code[l]);
    }
  } else {
    for (; first + kBlockValues <= n; first += kBlockValues)
      pack_block<B>(source, first, packed + first * B / 8, std::make_integer_sequence<int, kBlockRows>());
  }
  pack_dense<B>(source, first, n, packed + first * B / 8);
}

template <int B, class Sink>
static inline void unpack_to(const std::uint8_t* packed, std::int64_t n, const Sink& sink) {
  std::int64_t first = 0;
  if constexpr (B == 8) {
    std::uint32_t code[kLanes];
    for (; first + kLanes <= n; first += kLanes) {
      for (int l = 0; l < kLanes; ++l) code[l] = packed[first + l];
      sink.row(first, code);
    }
  } else {
    for (; first + kBlockValues <= n; first += kBlockValues)
      unpack_block<B>(packed + first * B / 8, first, sink, std::make_integer_sequence<int, kBlockRows>());
  }
  unpack_dense<B>(packed + first * B / 8, first, n, sink);
}

}  // namespace packrat::kernels
