#pragma once
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/cuda/grid.h"
#include "compressors/kernels/cuda/words.h"
#include "compressors/kernels/uniform_bins.h"
#include "engine/core/float_bits.h"

// Packed codes (bitpack.h) to float32.

namespace packrat::kernels::cuda {

/// The codes of values 4 t .. 4 t + 3 of a whole block of width b: row t/4, lanes 4 (t mod 4) and up. Lanes
/// stand side by side, so their words are one load of 16 bytes, or two when the row's bits run on into the
/// next word. The four threads of a row read 64 bytes without a gap, and rows that share words find them in
/// the first-level cache.
template <int kWidth>
PACKRAT_DEVICE Words<4> codes_of_block(const std::uint8_t* block, int t) {
  constexpr std::uint32_t kMask = (1u << kWidth) - 1;
  const int bit = t / 4 * kWidth, shift = bit % 32;
  const std::uint8_t* const at = block + 64 * (bit / 32) + 16 * (t % 4);
  const Words<4> low = load_words<4>(at);
  Words<4> high{};
  if (32 % kWidth != 0 && shift + kWidth > 32) high = load_words<4>(at + 64);
  Words<4> codes;
  for (int i = 0; i < 4; ++i) codes.word[i] = funnel(low.word[i], high.word[i], shift) & kMask;
  return codes;
}

/// The same of dense codes, of which those from `count` (1 to 4) up are not there; b = 8 is always dense.
template <int kWidth>
PACKRAT_DEVICE Words<4> dense_codes(const std::uint8_t* packed, int t, int count) {
  constexpr std::uint32_t kMask = (1u << kWidth) - 1;
  // Four codes begin at bit 0 or 4 of a byte, the latter when b is odd: they never end behind bit 32.
  const int bit = 4 * t * kWidth, shift = bit % 8;
  const std::uint32_t bits = load_bytes(packed + bit / 8, (shift + count * kWidth + 7) / 8) >> shift;
  Words<4> codes;
  for (int i = 0; i < 4; ++i) codes.word[i] = bits >> i * kWidth & kMask;
  return codes;
}

// What a code becomes. Levels::kBytes are what an entry has in front of its codes; prepare() is called by
// every thread in a phase of its own when kPhases is 2.

/// The same range for all entries.
struct SharedRangeLevels {
  struct Shared {};
  static constexpr int kPhases = 1, kBytes = 0;
  int states;
  float step, base;

  PACKRAT_DEVICE void prepare(int, Shared&) const {}
  PACKRAT_DEVICE SharedRangeLevels of(const std::uint8_t*, const Shared&) const { return *this; }
  PACKRAT_DEVICE float operator()(std::uint32_t code) const {
    return level_of_code(code, states, step, base);
  }
};

/// Each entry's own range: its lo and hi stand in front of its codes.
struct OwnRangeLevels {
  struct Shared {};
  static constexpr int kPhases = 1, kBytes = 8;
  int states, width;

  PACKRAT_DEVICE void prepare(int, Shared&) const {}
  PACKRAT_DEVICE SharedRangeLevels of(const std::uint8_t* entry, const Shared&) const {
    const Words<2> range = load_words<2>(entry);
    const UniformQuantizer q =
        uniform_quantizer(float_of(range.word[0]), float_of(range.word[1]), states, width);
    return {states, q.step, q.base};
  }
};

/// Any 2^width levels, which the block copies next to its processor first. Threads of a warp that look up
/// different levels of one bank wait for each other.
struct TableLevels {
  struct Shared {
    float level[1 << kMaxWidth];
  };
  struct Lookup {
    const float* level;
    PACKRAT_DEVICE float operator()(std::uint32_t code) const { return level[code]; }
  };
  static constexpr int kPhases = 2, kBytes = 0;
  int width;
  const float* table;

  PACKRAT_DEVICE void prepare(int thread, Shared& shared) const {
    for (int i = thread; i < 1 << width; i += kThreads) shared.level[i] = table[i];
  }
  PACKRAT_DEVICE Lookup of(const std::uint8_t*, const Shared& shared) const { return {shared.level}; }
};

/// Entries of packed codes, by slot, to the rows of a batch: out [count, n]. A thread has the same four
/// places in every block of 512 values that it comes to, so that shift and word are found once. Bound by
/// memory: n width / 8 bytes read (and the range) and 4 n written an entry, at the rate of a copy.
template <int kWidth, class Levels>
struct DecodeCodes {
  using Shared = typename Levels::Shared;
  static constexpr int kPhases = Levels::kPhases;
  Entries entries;
  int n;
  Levels levels;
  float* out;

  PACKRAT_DEVICE void run(int phase, const Thread& thread, Shared& shared) const {
    if (phase + 1 < kPhases) return levels.prepare(thread.number, shared);
    const std::uint8_t* const entry = entries.entry(thread.entry);
    const auto level = levels.of(entry, shared);
    float* const row = out + thread.entry * n;
    for (int block = thread.piece; block <= (n - 1) / kBlockValues; block += thread.pieces) {
      const int left = n - block * kBlockValues, first = 4 * thread.number;
      if (first >= left) continue;
      const int count = left - first < 4 ? left - first : 4;
      const std::uint8_t* const packed = entry + Levels::kBytes + block * (kBlockValues / 8 * kWidth);
      const bool whole = kWidth < kMaxWidth && left >= kBlockValues;
      Words<4> values = whole ? codes_of_block<kWidth>(packed, thread.number)
                              : dense_codes<kWidth>(packed, thread.number, count);
      for (std::uint32_t& value : values.word) value = bits_of(level(value));
      store_four(row + block * kBlockValues + first, values, count);
    }
  }
};

/// The code of value i of n, wherever it stands.
PACKRAT_DEVICE std::uint32_t code_at(const std::uint8_t* packed, int n, int width, int i) {
  const int block = i / kBlockValues, row = i % kBlockValues / kLanes;
  if (width == kMaxWidth) return packed[i];
  const std::uint32_t mask = (1u << width) - 1;
  packed += block * (kBlockValues / 8 * width);
  if (block == n / kBlockValues) {
    const int bit = i % kBlockValues * width, shift = bit % 8;
    return load_bytes(packed + bit / 8, (shift + width + 7) / 8) >> shift & mask;
  }
  const int bit = row * width, shift = bit % 32;
  const std::uint8_t* const at = packed + 64 * (bit / 32) + 4 * (i % kLanes);
  const std::uint32_t high = shift + width > 32 ? load_words<1>(at + 64).word[0] : 0;
  return funnel(load_words<1>(at).word[0], high, shift) & mask;
}

/// Product quantization (compressors/pq.cpp): at each position a code for each part of the channels, which
/// names one of 2^width centroids. out [count, channels, positions]. Neighbouring threads write neighbouring
/// positions. Bound by the caches, not by memory: a code and a centroid's value are looked up for every
/// value.
struct DecodeProducts {
  struct Shared {};
  static constexpr int kPhases = 1;
  Entries entries;
  int channels, positions, subspaces, width;
  const float* centroids;  // subspace after subspace, [2^width, channels of the subspace]
  float* out;

  PACKRAT_DEVICE int first_channel(int subspace) const {
    return static_cast<int>(static_cast<std::int64_t>(subspace) * channels / subspaces);
  }

  PACKRAT_DEVICE float value(const std::uint8_t* entry, int i) const {
    const int channel = i / positions, position = i % positions;
    // The last subspace that begins at or before the channel.
    const int s = static_cast<int>(((channel + std::int64_t{1}) * subspaces - 1) / channels);
    const int first = first_channel(s), dims = first_channel(s + 1) - first;
    const std::uint32_t code = code_at(entry, positions * subspaces, width, position * subspaces + s);
    return centroids[(static_cast<std::int64_t>(first) << width) + static_cast<std::int64_t>(code) * dims +
                     (channel - first)];
  }

  PACKRAT_DEVICE void run(int, const Thread& thread, Shared&) const {
    const std::uint8_t* const entry = entries.entry(thread.entry);
    const int n = channels * positions;
    float* const row = out + thread.entry * n;
    for (int i = thread.piece * kThreads + thread.number; i < n; i += thread.pieces * kThreads)
      row[i] = value(entry, i);
  }
};

}  // namespace packrat::kernels::cuda
