// Floats in plain C++: their range, whether they are finite, and sparse ones back to their places.
#include <algorithm>
#include <cstring>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/scalar/scalar.h"

namespace packrat::kernels::scalar {

ValueRange value_range(const float* x, std::int64_t n) {
  float lo[kLanes], hi[kLanes];
  std::fill(lo, lo + kLanes, x[0]);
  std::fill(hi, hi + kLanes, x[0]);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      lo[l] = x[i + l] < lo[l] ? x[i + l] : lo[l];
      hi[l] = x[i + l] > hi[l] ? x[i + l] : hi[l];
    }
  for (; i < n; ++i) {
    lo[0] = x[i] < lo[0] ? x[i] : lo[0];
    hi[0] = x[i] > hi[0] ? x[i] : hi[0];
  }
  // Adding 0 turns -0 into +0: which of the two a minimum yields would depend on the order of comparison.
  return {*std::min_element(lo, lo + kLanes) + 0.0f, *std::max_element(hi, hi + kLanes) + 0.0f};
}

bool all_finite(const float* x, std::int64_t n) {
  constexpr std::int64_t kStep = 256;  // tested in pieces: a piece is one vectorised reduction
  for (std::int64_t first = 0; first < n; first += kStep) {
    std::uint32_t bad = 0;
    const std::int64_t end = std::min(first + kStep, n);
    for (std::int64_t i = first; i < end; ++i) {
      std::uint32_t bits;
      std::memcpy(&bits, x + i, sizeof bits);
      bad |= (bits & 0x7fffffffu) + 0x00800000u;  // reaches the sign bit when the exponent is all ones
    }
    if (bad >> 31 != 0) return false;
  }
  return true;
}

void scatter_coordinates(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                         float* out) {
  const auto* at = static_cast<const unsigned char*>(coordinates);
  const auto* value = static_cast<const unsigned char*>(values);
  std::fill(out, out + n, 0.0f);
  for (std::int64_t j = 0; j < kept; ++j)
    std::memcpy(out + (at[2 * j] | at[2 * j + 1] << 8), value + 4 * j, 4);
}

void scatter_bitmap(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out) {
  const auto* value = static_cast<const unsigned char*>(values);
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = 0.0f;
    if ((bitmap[i / 8] >> i % 8 & 1) == 0) continue;
    std::memcpy(out + i, value, 4);
    value += 4;
  }
}

}  // namespace packrat::kernels::scalar
