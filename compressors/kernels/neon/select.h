#pragma once
#include <arm_neon.h>

#include "compressors/kernels/scalar/digits.h"

// Thinning's choice: what is wanted among four lanes is moved to the front at once.

namespace packrat::kernels::neon {
namespace {

constexpr int kQuad = 4;

/// For a set of lanes of four, bit by bit: where TBL finds them in order, and how many there are.
struct LaneSet {
  std::uint8_t bytes[16];
  std::int64_t count;
};
struct LaneSets {
  LaneSet of[16];
};
constexpr LaneSets make_lane_sets() {
  LaneSets sets{};
  for (int set = 0; set < 16; ++set)
    for (int lane = 0; lane < kQuad; ++lane)
      if ((set >> lane & 1) != 0) {
        const std::int64_t to = sets.of[set].count++;
        for (int byte = 0; byte < 4; ++byte)
          sets.of[set].bytes[4 * to + byte] = static_cast<std::uint8_t>(4 * lane + byte);
      }
  return sets;
}
constexpr LaneSets kLaneSets = make_lane_sets();

inline const LaneSet& set_of(uint32x4_t lanes) {
  constexpr std::uint32_t bits[kQuad] = {1, 2, 4, 8};
  return kLaneSets.of[vaddvq_u32(vandq_u32(lanes, vld1q_u32(bits)))];
}

/// The lanes of a set, moved to the front in order.
inline uint32x4_t compress(uint32x4_t lanes, const LaneSet& set) {
  return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(lanes), vld1q_u8(set.bytes)));
}

// Four lanes are written for those found among four, so these end where that would reach too far.
struct LaneSteps {
  static std::int64_t keys_with_digit(const std::uint32_t* key, std::int64_t n, std::uint32_t digit,
                                      std::uint32_t* to) {
    const uint32x4_t wanted = vdupq_n_u32(digit);
    std::int64_t count = 0, i = 0;
    for (; i + kQuad <= n; i += kQuad) {
      const uint32x4_t keys = vld1q_u32(key + i);
      const LaneSet& set = set_of(vceqq_u32(vshrq_n_u32(keys, kDigitShift), wanted));
      vst1q_u32(to + count, compress(keys, set));
      count += set.count;
    }
    for (; i < n; ++i)
      if (key[i] >> kDigitShift == digit) to[count++] = key[i];
    return count;
  }

  static std::int64_t collect(const std::uint32_t* key, std::int64_t begin, std::int64_t end,
                              std::uint32_t least, std::int64_t found, std::int64_t kept, std::uint16_t* to) {
    constexpr std::uint32_t numbers[kQuad] = {0, 1, 2, 3};
    const uint32x4_t bound = vdupq_n_u32(least), lane_numbers = vld1q_u32(numbers);
    std::int64_t i = begin;
    for (; i + kQuad <= end && found + kQuad <= kept; i += kQuad) {
      const LaneSet& set = set_of(vcgeq_u32(vld1q_u32(key + i), bound));
      const uint32x4_t at = vaddq_u32(lane_numbers, vdupq_n_u32(static_cast<std::uint32_t>(i)));
      vst1_u16(to + found, vmovn_u32(compress(at, set)));
      found += set.count;
    }
    for (; i < end && found < kept; ++i)
      if (key[i] >= least) to[found++] = static_cast<std::uint16_t>(i);
    return found;
  }
};

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates) {
  select_by_digits<LaneSteps>(x, n, kept, scratch, coordinates);
}

}  // namespace
}  // namespace packrat::kernels::neon
