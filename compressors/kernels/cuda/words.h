#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "engine/core/device_code.h"

// How threads read and write memory. Little-endian, as a GPU is.

namespace packrat::kernels::cuda {

/// 32-bit words that move as one, when their address is a multiple of their size: 4, 8 or 16 bytes.
template <int kCount>
struct alignas(4 * kCount) Words {
  std::uint32_t word[kCount];
};

PACKRAT_DEVICE bool lies_at_multiple(const void* at, unsigned size) {
  return reinterpret_cast<std::uintptr_t>(at) % size == 0;
}

/// One access, at a multiple of 4 kCount, which a GPU must have and the processor checks.
template <int kCount>
PACKRAT_DEVICE Words<kCount> load_aligned(const void* at) {
#ifdef __CUDA_ARCH__
  return *static_cast<const Words<kCount>*>(at);
#else
  if (!lies_at_multiple(at, 4 * kCount)) throw std::logic_error("a load between words");
  Words<kCount> words;
  std::memcpy(&words, at, sizeof words);
  return words;
#endif
}

template <int kCount>
PACKRAT_DEVICE void store_aligned(void* at, const Words<kCount>& words) {
#ifdef __CUDA_ARCH__
  *static_cast<Words<kCount>*>(at) = words;
#else
  if (!lies_at_multiple(at, 4 * kCount)) throw std::logic_error("a store between words");
  std::memcpy(at, &words, sizeof words);
#endif
}

/// 1 to 4 bytes as a number, the first one lowest.
PACKRAT_DEVICE std::uint32_t load_bytes(const std::uint8_t* at, int count) {
  if (count == 4 && lies_at_multiple(at, 4)) return load_aligned<1>(at).word[0];
  std::uint32_t word = 0;
  for (int i = 0; i < count; ++i) word |= static_cast<std::uint32_t>(at[i]) << 8 * i;
  return word;
}

PACKRAT_DEVICE void store_bytes(std::uint8_t* at, std::uint32_t word, int count) {
  if (count == 4 && lies_at_multiple(at, 4)) return store_aligned<1>(at, {{word}});
  for (int i = 0; i < count; ++i) at[i] = static_cast<std::uint8_t>(word >> 8 * i);
}

/// The low word of high:low moved right by 0 to 31 bits.
PACKRAT_DEVICE std::uint32_t funnel(std::uint32_t low, std::uint32_t high, int shift) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(high) << 32 | low) >> shift);
}

/// Words at any address: entries stand in the slab without gaps, so an entry of 33 bytes puts the next one
/// between words. One access where the address allows it, else a word at a time; between words those that
/// overlap, each shifted into place. All threads of a block take the same way. Reads no byte behind the last
/// one, and before the first one only those of the same word, which belong to the slab.
template <int kCount>
PACKRAT_DEVICE Words<kCount> load_words(const std::uint8_t* at) {
  if (lies_at_multiple(at, 4 * kCount)) return load_aligned<kCount>(at);
  Words<kCount> words;
  const int skip = static_cast<int>(reinterpret_cast<std::uintptr_t>(at) % 4);
  if (skip == 0) {
    for (int i = 0; i < kCount; ++i) words.word[i] = load_aligned<1>(at + 4 * i).word[0];
    return words;
  }
  const std::uint8_t* const from = at - skip;
  std::uint32_t low = load_aligned<1>(from).word[0];
  for (int i = 0; i < kCount; ++i) {
    const std::uint8_t* const next = from + 4 * (i + 1);
    const std::uint32_t high = i + 1 < kCount ? load_aligned<1>(next).word[0] : load_bytes(next, skip);
    words.word[i] = funnel(low, high, 8 * skip);
    low = high;
  }
  return words;
}

/// The same for writing; touches no other byte.
template <int kCount>
PACKRAT_DEVICE void store_words(std::uint8_t* at, const Words<kCount>& words) {
  if (lies_at_multiple(at, 4 * kCount)) return store_aligned(at, words);
  for (int i = 0; i < kCount; ++i) store_bytes(at + 4 * i, words.word[i], 4);
}

/// Bits of four floats of a row, of which `count` are there: one access when they are all there and lie at a
/// multiple of 16 bytes, which they do in every row when a row's length is a multiple of 4.
PACKRAT_DEVICE void store_four(float* at, const Words<4>& bits, int count) {
  if (count == 4 && lies_at_multiple(at, 16)) return store_aligned(at, bits);
  for (int i = 0; i < 4; ++i)
    if (i < count) std::memcpy(at + i, &bits.word[i], 4);
}

PACKRAT_DEVICE Words<4> load_four(const float* at) {
  if (lies_at_multiple(at, 16)) return load_aligned<4>(at);
  Words<4> bits;
  for (int i = 0; i < 4; ++i) std::memcpy(&bits.word[i], at + i, 4);
  return bits;
}

PACKRAT_DEVICE int ones_in(std::uint32_t word) {
#ifdef __CUDA_ARCH__
  return __popc(word);
#else
  return __builtin_popcount(word);
#endif
}

}  // namespace packrat::kernels::cuda
