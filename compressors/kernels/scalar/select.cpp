// Thinning's choice in plain C++: a histogram of leading digits, then the few candidates with the same one.
#include <algorithm>
#include <cstring>
#include <functional>

#include "compressors/kernels/scalar/scalar.h"

namespace packrat::kernels::scalar {
namespace {

constexpr int kDigitBits = 10;  // sign, exponent and one bit of mantissa
constexpr int kDigitShift = 32 - kDigitBits;
constexpr int kDigits = 1 << kDigitBits;
constexpr int kGroup = 32;  // digits added up at once on the way down
constexpr int kTables = 4;  // equal neighbours, such as zeros, would wait for each other at one counter

// Floats as integers in the same order: flip all bits of a negative number, the sign bit of any other.
void ordered_keys(const float* x, std::int64_t n, std::uint32_t* key) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float value = x[i] + 0.0f;  // -0 becomes +0
    std::int32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const auto flip = static_cast<std::uint32_t>(bits >> 31) | 0x80000000u;
    key[i] = static_cast<std::uint32_t>(bits) ^ flip;
  }
}

// How many keys have each leading digit.
void count_digits(const std::uint32_t* key, std::int64_t n, std::uint32_t* digits) {
  std::uint16_t table[kTables][kDigits] = {};  // a quarter of at most 65536 fits
  std::int64_t i = 0;
  for (; i + kTables <= n; i += kTables)
    for (int t = 0; t < kTables; ++t) ++table[t][key[i + t] >> kDigitShift];
  for (; i < n; ++i) ++table[i % kTables][key[i] >> kDigitShift];
  for (int d = 0; d < kDigits; ++d)
    digits[d] = static_cast<std::uint32_t>(table[0][d]) + table[1][d] + table[2][d] + table[3][d];
}

// The leading digit of the `rank`-th greatest key; `rank` becomes its rank among the keys with that digit.
std::uint32_t digit_of_rank(const std::uint32_t* key, std::int64_t n, std::int64_t& rank) {
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

bool all_equal(const std::uint32_t* key, std::int64_t n) {
  std::uint32_t differs = 0;
  for (std::int64_t i = 1; i < n; ++i) differs |= key[i] ^ key[0];
  return differs == 0;
}

// The `kept`-th greatest key. `equals` becomes how many keys of that size are to be kept.
std::uint32_t threshold_key(const std::uint32_t* key, std::int64_t n, std::int64_t kept,
                            std::uint32_t* candidates, std::int64_t& equals) {
  std::int64_t rank = kept, count = 0;
  const std::uint32_t digit = digit_of_rank(key, n, rank);
  for (std::int64_t i = 0; i < n; ++i) {
    candidates[count] = key[i];
    count += key[i] >> kDigitShift == digit;
  }
  equals = rank;
  if (all_equal(candidates, count)) return candidates[0];
  std::nth_element(candidates, candidates + rank - 1, candidates + count, std::greater<>());
  const std::uint32_t threshold = candidates[rank - 1];
  for (std::int64_t i = 0; i < rank - 1; ++i) equals -= candidates[i] > threshold;
  return threshold;
}

// Appends the coordinates in [begin, end) of keys at or above `least`, at most up to `kept` of them in all. A
// coordinate is written before it is known to count: that saves a branch nobody could predict.
std::int64_t collect(const std::uint32_t* key, std::int64_t begin, std::int64_t end, std::uint32_t least,
                     std::int64_t found, std::int64_t kept, std::uint16_t* coordinates) {
  for (std::int64_t i = begin; i < end && found < kept; ++i) {
    coordinates[found] = static_cast<std::uint16_t>(i);
    found += key[i] >= least;
  }
  return found;
}

}  // namespace

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates) {
  std::uint32_t* key = scratch;
  ordered_keys(x, n, key);
  std::int64_t equals = 0;
  const std::uint32_t threshold = threshold_key(key, n, kept, scratch + n, equals);
  // Ties are kept from the top down to coordinate `cut`; below it only greater values are. A finite value's
  // key is less than the greatest integer, so threshold + 1 does not wrap.
  std::int64_t cut = n;
  while (equals > 0) equals -= key[--cut] == threshold;
  const std::int64_t found = collect(key, 0, cut, threshold + 1, 0, kept, coordinates);
  collect(key, cut, n, threshold, found, kept, coordinates);
}

}  // namespace packrat::kernels::scalar
