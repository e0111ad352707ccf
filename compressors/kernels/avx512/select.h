#pragma once
#include "compressors/kernels/avx512/walk.h"

// Thinning's choice by bisection: the interval that holds the threshold is halved, and after each step only
// the keys inside it are kept, so that all steps together cost about as much as a few passes over the values.

namespace packrat::kernels::avx512 {
namespace {

/// How many keys there are, the least and the greatest.
struct KeySpan {
  std::int64_t count;
  std::uint32_t least, greatest;
};

// Floats as integers in the same order: flip all bits of a negative number, the sign bit of any other.
KeySpan ordered_keys(const float* x, std::int64_t n, std::uint32_t* key) {
  __m512i least = _mm512_set1_epi32(-1), greatest = _mm512_setzero_si512();
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i < kLanes ? n - i : kLanes);
    const __m512i bits =
        _mm512_castps_si512(_mm512_add_ps(_mm512_maskz_loadu_ps(lanes, x + i), _mm512_setzero_ps()));
    const __m512i flip = _mm512_or_si512(_mm512_srai_epi32(bits, 31), _mm512_set1_epi32(INT32_MIN));
    const __m512i k = _mm512_xor_si512(bits, flip);
    least = _mm512_mask_min_epu32(least, lanes, least, k);
    greatest = _mm512_mask_max_epu32(greatest, lanes, greatest, k);
    _mm512_mask_storeu_epi32(key + i, lanes, k);
  }
  return {n, _mm512_reduce_min_epu32(least), _mm512_reduce_max_epu32(greatest)};
}

std::int64_t count_from(const std::uint32_t* key, std::int64_t n, std::uint32_t bound) {
  const __m512i least = _mm512_set1_epi32(static_cast<int>(bound));
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i < kLanes ? n - i : kLanes);
    count += __builtin_popcount(
        _mm512_mask_cmpge_epu32_mask(lanes, _mm512_maskz_loadu_epi32(lanes, key + i), least));
  }
  return count;
}

// Moves the keys at or above `bound`, or those below it, to `to`, in order; `to` may be `from`.
KeySpan keep_side(const std::uint32_t* from, std::int64_t n, std::uint32_t bound, bool upper,
                  std::uint32_t* to) {
  const __m512i cut = _mm512_set1_epi32(static_cast<int>(bound));
  __m512i least = _mm512_set1_epi32(-1), greatest = _mm512_setzero_si512();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const __mmask16 lanes = first_lanes(n - i < kLanes ? n - i : kLanes);
    const __m512i k = _mm512_maskz_loadu_epi32(lanes, from + i);
    const __mmask16 above = _mm512_cmpge_epu32_mask(k, cut);
    const auto kept = static_cast<__mmask16>(upper ? lanes & above : lanes & ~above);
    least = _mm512_mask_min_epu32(least, kept, least, k);
    greatest = _mm512_mask_max_epu32(greatest, kept, greatest, k);
    const int found = __builtin_popcount(kept);
    _mm512_mask_storeu_epi32(to + count, static_cast<__mmask16>((1u << found) - 1),
                             _mm512_maskz_compress_epi32(kept, k));
    count += found;
  }
  return {count, _mm512_reduce_min_epu32(least), _mm512_reduce_max_epu32(greatest)};
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
  const __m512i wanted = _mm512_set1_epi32(static_cast<int>(threshold));
  std::int64_t end = n;
  while (end >= kLanes) {
    const __mmask16 ties = _mm512_cmpeq_epu32_mask(load(key + end - kLanes), wanted);
    const int found = __builtin_popcount(ties);
    if (found >= equals) break;
    equals -= found;
    end -= kLanes;
  }
  while (equals > 0) equals -= key[--end] == threshold;
  return end;
}

// Appends the coordinates in [begin, end) of keys at or above `least`; returns the place after the last.
std::uint16_t* collect(const std::uint32_t* key, std::int64_t begin, std::int64_t end, std::uint32_t least,
                       std::uint16_t* coordinates) {
  const __m512i bound = _mm512_set1_epi32(static_cast<int>(least));
  __m256i at = _mm256_add_epi16(_mm256_set_epi16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                                _mm256_set1_epi16(static_cast<short>(begin)));
  for (std::int64_t i = begin; i < end; i += kLanes) {
    const __mmask16 lanes = first_lanes(end - i < kLanes ? end - i : kLanes);
    const __mmask16 kept =
        _mm512_mask_cmpge_epu32_mask(lanes, _mm512_maskz_loadu_epi32(lanes, key + i), bound);
    const int found = __builtin_popcount(kept);
    _mm256_mask_storeu_epi16(coordinates, static_cast<__mmask16>((1u << found) - 1),
                             _mm256_maskz_compress_epi16(kept, at));
    coordinates += found;
    at = _mm256_add_epi16(at, _mm256_set1_epi16(kLanes));
  }
  return coordinates;
}

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates) {
  const KeySpan span = ordered_keys(x, n, scratch);
  std::int64_t equals = kept;
  const std::uint32_t threshold = key_of_rank(scratch, span, scratch + n, equals);
  // Ties are kept from the top down to coordinate `cut`; below it only greater values are.
  const std::int64_t cut = cut_of_ties(scratch, n, threshold, equals);
  coordinates = collect(scratch, 0, cut, threshold + 1, coordinates);
  collect(scratch, cut, n, threshold, coordinates);
}

}  // namespace
}  // namespace packrat::kernels::avx512
