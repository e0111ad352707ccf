#pragma once
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/cuda/grid.h"
#include "compressors/kernels/cuda/words.h"
#include "compressors/kernels/uniform_bins.h"
#include "engine/core/float_bits.h"

// float32 to packed codes (bitpack.h), in the slots of a slab.

namespace packrat::kernels::cuda {

// How a value becomes a code. Rules::kBytes are what stands in front of the codes.

struct UniformCodes {
  UniformQuantizer q;
  PACKRAT_DEVICE std::uint32_t operator()(float x) const {
    return q.spread ? code_by_nearest_boundary(x, q.lo, q.step, q.inverse, static_cast<float>(q.states - 1))
                    : code_by_search(x, q);
  }
};

/// One range for all rows.
struct SharedRangeRule {
  static constexpr int kBytes = 0;
  UniformQuantizer q;
  PACKRAT_DEVICE bool takes(float, float hi) const { return hi < INFINITY; }
  PACKRAT_DEVICE UniformCodes of(float, float) const { return {q}; }
};

/// Each row's own range, which its entry begins with.
struct OwnRangeRule {
  static constexpr int kBytes = 8;
  int states, width;
  PACKRAT_DEVICE bool takes(float lo, float hi) const { return hi - lo < INFINITY; }
  PACKRAT_DEVICE UniformCodes of(float lo, float hi) const {
    return {uniform_quantizer(lo, hi, states, width)};
  }
};

/// 2^width - 1 boundaries that ascend, unused ones infinite.
struct BoundaryRule {
  struct Codes {
    int width;
    const float* boundaries;
    PACKRAT_DEVICE std::uint32_t operator()(float x) const {
      return code_by_boundaries(x, width, boundaries);
    }
  };
  static constexpr int kBytes = 0;
  int width;
  const float* boundaries;
  PACKRAT_DEVICE bool takes(float, float hi) const { return hi < INFINITY; }
  PACKRAT_DEVICE Codes of(float, float) const { return {width, boundaries}; }
};

/// Rows [count, n] to entries, by slot. refused: [count] bytes, 1 where a row holds NaN or infinity, or is
/// too wide for a range of its own; its slot stays as it was. One block a row finds the range and whether all
/// is finite, then a thread makes 16 bytes of codes at a time: the words of four neighbouring lanes, whose
/// values stand side by side, too. A code that runs on into the next word is found by both threads. Bound by
/// memory: 4 n read an entry (twice, mostly from the second-level cache) and n width / 8 bytes written.
template <int kWidth, class Rule>
struct EncodeCodes {
  struct Shared {
    float lo[kThreads], hi[kThreads];
  };
  static constexpr int kHalvings = 7;  // 2^7 threads
  static constexpr int kPhases = 2 + kHalvings;
  static_assert(1 << kHalvings == kThreads, "a range is halved down to one");
  const float* rows;
  int n;
  Entries entries;
  Rule rule;
  std::uint8_t* refused;

  PACKRAT_DEVICE void run(int phase, const Thread& thread, Shared& shared) const {
    const float* const row = rows + thread.entry * n;
    if (phase == 0) return find_range(row, thread.number, shared);
    if (phase <= kHalvings) return halve(kThreads >> phase, thread.number, shared);
    const float lo = shared.lo[0] + 0.0f, hi = shared.hi[0] + 0.0f;  // -0 becomes +0
    const bool takes = rule.takes(lo, hi);
    if (thread.number == 0) refused[thread.entry] = takes ? 0 : 1;
    if (!takes) return;
    std::uint8_t* const entry = entries.entry(thread.entry);
    if (Rule::kBytes > 0 && thread.number == 0) store_words<2>(entry, {{bits_of(lo), bits_of(hi)}});
    pack(row, thread.number, rule.of(lo, hi), entry + Rule::kBytes);
  }

 private:
  // A value that is not finite makes the range infinite.
  static PACKRAT_DEVICE void take(float x, float& lo, float& hi) {
    lo = x < lo ? x : lo;
    hi = x > hi ? x : hi;
    if ((bits_of(x) & 0x7f800000) == 0x7f800000) hi = INFINITY;
  }

  PACKRAT_DEVICE void find_range(const float* row, int thread, Shared& shared) const {
    float lo = INFINITY, hi = -INFINITY;
    for (int i = 4 * thread; i < n; i += 4 * kThreads) {
      const Words<4> four = n - i < 4 ? Words<4>{} : load_four(row + i);
      for (int v = 0; v < 4 && v < n - i; ++v) take(n - i < 4 ? row[i + v] : float_of(four.word[v]), lo, hi);
    }
    shared.lo[thread] = lo;
    shared.hi[thread] = hi;
  }

  static PACKRAT_DEVICE void halve(int half, int thread, Shared& shared) {
    if (thread >= half) return;
    const float lo = shared.lo[thread + half], hi = shared.hi[thread + half];
    if (lo < shared.lo[thread]) shared.lo[thread] = lo;
    if (hi > shared.hi[thread]) shared.hi[thread] = hi;
  }

  template <class Codes>
  PACKRAT_DEVICE void pack(const float* row, int thread, const Codes& code, std::uint8_t* packed) const {
    // Of b = 8, 16 values are taken for a block.
    constexpr int kPart = kWidth == kMaxWidth ? kLanes : kBlockValues, kQuads = kPart / 8 * kWidth / 16;
    const int quads = n / kPart * kQuads;
    for (int quad = thread; quad < quads; quad += kThreads) {
      const float* const values = row + quad / kQuads * kPart;
      store_words<4>(packed + static_cast<std::int64_t>(16) * quad,
                     kWidth == kMaxWidth ? bytes_of(values, code) : words_of(values, quad % kQuads, code));
    }
    const int rest = n % kPart;
    const float* const values = row + (n - rest);
    std::uint8_t* const dense = packed + static_cast<std::int64_t>(16) * quads;
    for (int byte = thread; byte < (rest * kWidth + 7) / 8; byte += kThreads)
      dense[byte] = dense_byte(values, rest, byte, code);
  }

  template <class Codes>
  static PACKRAT_DEVICE Words<4> bytes_of(const float* values, const Codes& code) {
    Words<4> words{};
    for (int i = 0; i < kLanes; i += 4) {
      const Words<4> four = load_four(values + i);
      for (int v = 0; v < 4; ++v) words.word[i / 4] |= code(float_of(four.word[v])) << 8 * v;
    }
    return words;
  }

  // Quad 4 w + l of a block: words w of lanes 4 l and up, bits 32 w .. 32 w + 31 of those lanes.
  template <class Codes>
  static PACKRAT_DEVICE Words<4> words_of(const float* block, int quad, const Codes& code) {
    const int bit = 32 * (quad / 4);
    Words<4> words{};
    for (int row = bit / kWidth; row * kWidth < bit + 32; ++row) {
      const Words<4> four = load_four(block + kLanes * row + 4 * (quad % 4));
      const int shift = row * kWidth - bit;
      for (int v = 0; v < 4; ++v) {
        const std::uint32_t its = code(float_of(four.word[v]));
        words.word[v] |= shift < 0 ? its >> -shift : its << shift;
      }
    }
    return words;
  }

  template <class Codes>
  static PACKRAT_DEVICE std::uint8_t dense_byte(const float* values, int count, int byte, const Codes& code) {
    std::uint32_t bits = 0;
    for (int i = 8 * byte / kWidth; i < count && i * kWidth < 8 * byte + 8; ++i) {
      const int shift = i * kWidth - 8 * byte;
      const std::uint32_t its = code(values[i]);
      bits |= shift < 0 ? its >> -shift : its << shift;
    }
    return static_cast<std::uint8_t>(bits);
  }
};

}  // namespace packrat::kernels::cuda
