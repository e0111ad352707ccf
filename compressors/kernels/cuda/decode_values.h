#pragma once
#include "compressors/kernels/cuda/grid.h"
#include "compressors/kernels/cuda/words.h"
#include "compressors/kernels/half_bits.h"

// Stored values to float32: of 2 or 4 bytes, all of them or a few with their places.

namespace packrat::kernels::cuda {

// Bits of a float32 from a stored value.
struct Float16Values {
  static constexpr int kBytes = 2;
  static PACKRAT_DEVICE std::uint32_t widened(std::uint32_t code) { return from_half(code); }
};
struct Bfloat16Values {
  static constexpr int kBytes = 2;
  static PACKRAT_DEVICE std::uint32_t widened(std::uint32_t code) { return from_bfloat(code); }
};
struct Float32Values {
  static constexpr int kBytes = 4;
  static PACKRAT_DEVICE std::uint32_t widened(std::uint32_t bits) { return bits; }
};

/// Entries of n values each, by slot, to the rows of a batch: out [count, n]; four values at a time. Bound by
/// memory: n kBytes read and 4 n written an entry, at the rate of a copy.
template <class Values>
struct WidenValues {
  struct Shared {};
  static constexpr int kPhases = 1;
  Entries entries;
  int n;
  float* out;

  PACKRAT_DEVICE void run(int, const Thread& thread, Shared&) const {
    const std::uint8_t* const entry = entries.entry(thread.entry);
    float* const row = out + thread.entry * n;
    for (int i = 4 * (thread.piece * kThreads + thread.number); i < n; i += 4 * thread.pieces * kThreads) {
      const int count = n - i < 4 ? n - i : 4;
      store_four(row + i, four(entry + static_cast<std::int64_t>(i) * Values::kBytes, count), count);
    }
  }

 private:
  static PACKRAT_DEVICE Words<4> four(const std::uint8_t* at, int count) {
    Words<4> values{};
    if (count == 4) {
      const Words<Values::kBytes> words = load_words<Values::kBytes>(at);
      for (int i = 0; i < 4; ++i)
        values.word[i] =
            Values::kBytes == 2 ? words.word[i / 2] >> 16 * (i % 2) & 0xffff : words.word[i % Values::kBytes];
    } else {
      for (int i = 0; i < count; ++i) values.word[i] = load_bytes(at + i * Values::kBytes, Values::kBytes);
    }
    for (std::uint32_t& value : values.word) value = Values::widened(value);
    return values;
  }
};

/// Sparse entries: `kept` ascending uint16 coordinates, then as many float32. One block an entry writes zeros
/// first, then the values over them; coordinates from n up, which no encoder writes, are passed over. Bound
/// by memory: 4 n written and 6 kept read an entry; the values meet the zeros in the second-level cache.
struct ScatterCoordinates {
  struct Shared {};
  static constexpr int kPhases = 2;
  Entries entries;
  int n, kept;
  float* out;

  PACKRAT_DEVICE void run(int phase, const Thread& thread, Shared&) const {
    float* const row = out + thread.entry * n;
    if (phase == 0) {
      for (int i = 4 * thread.number; i < n; i += 4 * kThreads)
        store_four(row + i, {}, n - i < 4 ? n - i : 4);
      return;
    }
    const std::uint8_t* const coordinates = entries.entry(thread.entry);
    const std::uint8_t* const values = coordinates + 2 * kept;
    for (int j = thread.number; j < kept; j += kThreads) {
      const int at = static_cast<int>(load_bytes(coordinates + 2 * j, 2));
      if (at < n) row[at] = float_of(load_bytes(values + 4 * j, 4));
    }
  }
};

/// Sparse entries: a bitmap of n bits, then a float32 for each of its `kept` ones. One block an entry counts
/// the ones before each word of 32, which says where a value stands, and then writes every output once. Bound
/// by memory: 4 n written, n / 8 (three times, twice from the first-level cache) and 4 kept read an entry.
struct ScatterBitmap {
  static constexpr int kMostWords = 65536 / 32, kWordsEach = kMostWords / kThreads;
  struct Shared {
    std::int32_t ones[kThreads];       // in the words of a thread
    std::uint16_t before[kMostWords];  // a word, in the whole bitmap
  };
  static constexpr int kPhases = 3;
  Entries entries;
  int n, kept;  // n <= 65536
  float* out;

  PACKRAT_DEVICE void run(int phase, const Thread& thread, Shared& shared) const {
    const std::uint8_t* const bitmap = entries.entry(thread.entry);
    if (phase == 2) return write(bitmap, thread, shared);
    const int words = (n + 31) / 32, each = (words + kThreads - 1) / kThreads;
    const int begin = each * thread.number, end = begin + each < words ? begin + each : words;
    int ones = 0;
    if (phase == 0) {
      for (int k = begin; k < end; ++k) ones += ones_in(word(bitmap, k));
      shared.ones[thread.number] = ones;
      return;
    }
    for (int t = 0; t < thread.number && begin < end; ++t) ones += shared.ones[t];
    for (int k = begin; k < end; ++k) {
      shared.before[k] = static_cast<std::uint16_t>(ones);
      ones += ones_in(word(bitmap, k));
    }
  }

 private:
  // 32 bits of the bitmap; those from n up are 0.
  PACKRAT_DEVICE std::uint32_t word(const std::uint8_t* bitmap, int k) const {
    const int left = n - 32 * k;
    if (left >= 32) return load_bytes(bitmap + 4 * k, 4);
    return load_bytes(bitmap + 4 * k, (left + 7) / 8) & ((1u << left) - 1);
  }

  PACKRAT_DEVICE void write(const std::uint8_t* bitmap, const Thread& thread, const Shared& shared) const {
    const std::uint8_t* const values = bitmap + (n + 7) / 8;
    float* const row = out + thread.entry * n;
    for (int i = 4 * thread.number; i < n; i += 4 * kThreads) {
      const std::uint32_t bits = word(bitmap, i / 32), below = (1u << i % 32) - 1;
      int rank = shared.before[i / 32] + ones_in(bits & below);
      Words<4> four{};
      for (int v = 0; v < 4; ++v)
        if ((bits >> (i % 32 + v) & 1) != 0 && rank < kept) four.word[v] = load_bytes(values + 4 * rank++, 4);
      store_four(row + i, four, n - i < 4 ? n - i : 4);
    }
  }
};

}  // namespace packrat::kernels::cuda
