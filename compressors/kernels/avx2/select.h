#pragma once
#include "compressors/kernels/avx2/walk.h"

// Thinning's choice by bisection: the interval that holds the threshold is halved, and after each step only
// the keys inside it are kept, so that all steps together cost about as much as a few passes over the values.

namespace packrat::kernels::avx2 {
namespace {

/// How many keys there are, the least and the greatest.
struct KeySpan {
  std::int64_t count = 0;
  std::uint32_t least = 0xffffffffu, greatest = 0;

  void add(std::uint32_t key) {
    least = key < least ? key : least;
    greatest = key > greatest ? key : greatest;
  }
  void add_lanes(__m256i low, __m256i high) {
    std::uint32_t l[kHalf], h[kHalf];
    store(l, low);
    store(h, high);
    for (int i = 0; i < kHalf; ++i) {
      least = l[i] < least ? l[i] : least;
      greatest = h[i] > greatest ? h[i] : greatest;
    }
  }
};

inline int mask_of(__m256i lanes) {
  return _mm256_movemask_ps(_mm256_castsi256_ps(lanes));
}
inline __m256i at_least(__m256i key, __m256i bound) {
  return _mm256_cmpeq_epi32(_mm256_max_epu32(key, bound), key);
}

/// The lanes whose bits are set, moved to the front in order.
inline __m256i compress(__m256i lanes, int mask) {
  const std::uint64_t set_bytes = _pdep_u64(static_cast<unsigned>(mask), 0x0101010101010101u) * 255;
  return _mm256_permutevar8x32_epi32(lanes, widen(_pext_u64(0x0706050403020100u, set_bytes)));
}

// A float as an integer in the same order: flip all bits of a negative number, the sign bit of any other.
inline std::uint32_t ordered_key(float x) {
  const float value = x + 0.0f;  // -0 becomes +0
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint32_t>(bits) ^ (static_cast<std::uint32_t>(bits >> 31) | 0x80000000u);
}

KeySpan ordered_keys(const float* x, std::int64_t n, std::uint32_t* key) {
  __m256i least = _mm256_set1_epi32(-1), greatest = _mm256_setzero_si256();
  std::int64_t i = 0;
  for (; i + kHalf <= n; i += kHalf) {
    const __m256i bits = _mm256_castps_si256(_mm256_add_ps(_mm256_loadu_ps(x + i), _mm256_setzero_ps()));
    const __m256i flip = _mm256_or_si256(_mm256_srai_epi32(bits, 31), _mm256_set1_epi32(INT32_MIN));
    const __m256i k = _mm256_xor_si256(bits, flip);
    least = _mm256_min_epu32(least, k);
    greatest = _mm256_max_epu32(greatest, k);
    store(key + i, k);
  }
  KeySpan span{n};
  span.add_lanes(least, greatest);
  for (; i < n; ++i) span.add(key[i] = ordered_key(x[i]));
  return span;
}

std::int64_t count_from(const std::uint32_t* key, std::int64_t n, std::uint32_t bound) {
  const __m256i least = _mm256_set1_epi32(static_cast<int>(bound));
  std::int64_t count = 0, i = 0;
  for (; i + kHalf <= n; i += kHalf) count += __builtin_popcount(mask_of(at_least(load(key + i), least)));
  for (; i < n; ++i) count += key[i] >= bound;
  return count;
}

// Moves the keys at or above `bound`, or those below it, to `to`, in order; `to` may be `from`. Eight lanes
// are written for those found among eight read, which never reaches past the keys read.
KeySpan keep_side(const std::uint32_t* from, std::int64_t n, std::uint32_t bound, bool upper,
                  std::uint32_t* to) {
  const __m256i cut = _mm256_set1_epi32(static_cast<int>(bound));
  const __m256i all = _mm256_set1_epi32(-1), other_side = upper ? _mm256_setzero_si256() : all;
  __m256i least = all, greatest = _mm256_setzero_si256();
  KeySpan span;
  std::int64_t i = 0;
  for (; i + kHalf <= n; i += kHalf) {
    const __m256i k = load(from + i);
    const __m256i kept = _mm256_xor_si256(at_least(k, cut), other_side);
    least = _mm256_min_epu32(least, _mm256_or_si256(k, _mm256_xor_si256(kept, all)));
    greatest = _mm256_max_epu32(greatest, _mm256_and_si256(k, kept));
    const int mask = mask_of(kept);
    store(to + span.count, compress(k, mask));
    span.count += __builtin_popcount(static_cast<unsigned>(mask));
  }
  span.add_lanes(least, greatest);
  for (; i < n; ++i) {
    const std::uint32_t key = from[i];
    if ((key >= bound) != upper) continue;
    to[span.count++] = key;
    span.add(key);
  }
  return span;
}

// The `rank`-th greatest key, counted from 1. `rank` becomes its rank among the keys of that size.
std::uint32_t key_of_rank(const std::uint32_t* key, KeySpan span, std::uint32_t* candidates,
                          std::int64_t& rank) {
  while (span.least < span.greatest) {
    const std::uint32_t middle = span.least + (span.greatest - span.least) / 2 + 1;
    const std::int64_t above = count_from(key, span.count, middle);
    const bool upper = rank <= above;
    if (!upper) rank -= above;
    span = keep_side(key, span.count, middle, upper, candidates);
    key = candidates;
  }
  return span.least;
}

// The coordinate from which on `equals` keys are `threshold`.
std::int64_t cut_of_ties(const std::uint32_t* key, std::int64_t n, std::uint32_t threshold,
                         std::int64_t equals) {
  const __m256i wanted = _mm256_set1_epi32(static_cast<int>(threshold));
  std::int64_t end = n;
  while (end >= kHalf) {
    const int found = __builtin_popcount(mask_of(_mm256_cmpeq_epi32(load(key + end - kHalf), wanted)));
    if (found >= equals) break;
    equals -= found;
    end -= kHalf;
  }
  while (equals > 0) equals -= key[--end] == threshold;
  return end;
}

// Writes the coordinates in [begin, end) of keys at or above `least` from `to` on, where `room` coordinates
// are allowed; returns how many there were.
std::int64_t collect(const std::uint32_t* key, std::int64_t begin, std::int64_t end, std::uint32_t least,
                     std::uint16_t* to, std::int64_t room) {
  const __m256i bound = _mm256_set1_epi32(static_cast<int>(least));
  std::int64_t found = 0, i = begin;
  for (; i + kHalf <= end && found + kHalf <= room; i += kHalf) {
    const int mask = mask_of(at_least(load(key + i), bound));
    const __m256i at = _mm256_add_epi32(lane_numbers(), _mm256_set1_epi32(static_cast<int>(i)));
    const __m256i first = compress(at, mask);
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(first, first), 0x08);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + found), _mm256_castsi256_si128(words));
    found += __builtin_popcount(static_cast<unsigned>(mask));
  }
  for (; i < end; ++i)
    if (key[i] >= least) to[found++] = static_cast<std::uint16_t>(i);
  return found;
}

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates) {
  const KeySpan span = ordered_keys(x, n, scratch);
  std::int64_t equals = kept;
  const std::uint32_t threshold = key_of_rank(scratch, span, scratch + n, equals);
  // Ties are kept from the top down to coordinate `cut`; below it only greater values are.
  const std::int64_t cut = cut_of_ties(scratch, n, threshold, equals);
  const std::int64_t greater = collect(scratch, 0, cut, threshold + 1, coordinates, kept);
  collect(scratch, cut, n, threshold, coordinates + greater, kept - greater);
}

}  // namespace
}  // namespace packrat::kernels::avx2
