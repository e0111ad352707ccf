#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>

// Thinning's choice: a histogram of leading digits, then the few candidates with the same one. A tier gives
// the two steps that it does in a way of its own:
//
//   Steps::keys_with_digit(key, n, digit, to)
// copies the keys with a leading digit, in order, and returns how many there are; room for n.
//
//   Steps::collect(key, begin, end, least, found, kept, to)
// appends the coordinates in [begin, end) of keys at or above `least` to `found` others, up to `kept` in all,
// and returns how many there are then.

namespace packrat::kernels {

constexpr int kDigitBits = 10;  // sign, exponent and one bit of mantissa
constexpr int kDigitShift = 32 - kDigitBits;
constexpr int kDigits = 1 << kDigitBits;
constexpr int kGroup = 32;  // digits added up at once on the way down
constexpr int kTables = 4;  // equal neighbours, such as zeros, would wait for each other at one counter

// Floats as integers in the same order: flip all bits of a negative number, the sign bit of any other.
static inline void ordered_keys(const float* x, std::int64_t n, std::uint32_t* key) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float value = x[i] + 0.0f;  // -0 becomes +0
    std::int32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const auto flip = static_cast<std::uint32_t>(bits >> 31) | 0x80000000u;
    key[i] = static_cast<std::uint32_t>(bits) ^ flip;
  }
}

// How many keys have each leading digit.
static inline void count_digits(const std::uint32_t* key, std::int64_t n, std::uint32_t* digits) {
  std::uint16_t table[kTables][kDigits] = {};  // a quarter of at most 65536 fits
  std::int64_t i = 0;
  for (; i + kTables <= n; i += kTables)
    for (int t = 0; t < kTables; ++t) ++table[t][key[i + t] >> kDigitShift];
  for (; i < n; ++i) ++table[i % kTables][key[i] >> kDigitShift];
  for (int d = 0; d < kDigits; ++d)
    digits[d] = static_cast<std::uint32_t>(table[0][d]) + table[1][d] + table[2][d] + table[3][d];
}

// The leading digit of the `rank`-th greatest key; `rank` becomes its rank among the keys with that digit.
static inline std::uint32_t digit_of_rank(const std::uint32_t* key, std::int64_t n, std::int64_t& rank) {
  std::uint32_t digits[kDigits];
  count_digits(key, n, digits);
  int digit = kDigits - 1;
  for (;; digit -= kGroup) {
    std::uint32_t group = 0;
    for (int d = 0; d < kGroup; ++d) group += digits[digit - d];
    if (rank <= group) break;
    rank -= group;
  }
  for (; rank > digits[digit]; --digit) rank -= digits[digit];
  return static_cast<std::uint32_t>(digit);
}

static inline bool all_equal(const std::uint32_t* key, std::int64_t n) {
  std::uint32_t differs = 0;
  for (std::int64_t i = 1; i < n; ++i) differs |= key[i] ^ key[0];
  return differs == 0;
}

// The `kept`-th greatest key. `equals` becomes how many keys of that size are to be kept.
template <class Steps>
static inline std::uint32_t threshold_key(const std::uint32_t* key, std::int64_t n, std::int64_t kept,
                                          std::uint32_t* candidates, std::int64_t& equals) {
  std::int64_t rank = kept;
  const std::uint32_t digit = digit_of_rank(key, n, rank);
  const std::int64_t count = Steps::keys_with_digit(key, n, digit, candidates);
  equals = rank;
  if (all_equal(candidates, count)) return candidates[0];
  std::nth_element(candidates, candidates + rank - 1, candidates + count, std::greater<>());
  const std::uint32_t threshold = candidates[rank - 1];
  for (std::int64_t i = 0; i < rank - 1; ++i) equals -= candidates[i] > threshold;
  return threshold;
}

template <class Steps>
static inline void select_by_digits(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                                    std::uint16_t* coordinates) {
  std::uint32_t* key = scratch;
  ordered_keys(x, n, key);
  std::int64_t equals = 0;
  const std::uint32_t threshold = threshold_key<Steps>(key, n, kept, scratch + n, equals);
  // Ties are kept from the top down to coordinate `cut`; below it only greater values are. A finite value's
  // key is less than the greatest integer, so threshold + 1 does not wrap.
  std::int64_t cut = n;
  while (equals > 0) equals -= key[--cut] == threshold;
  const std::int64_t found = Steps::collect(key, 0, cut, threshold + 1, 0, kept, coordinates);
  Steps::collect(key, cut, n, threshold, found, kept, coordinates);
}

}  // namespace packrat::kernels
