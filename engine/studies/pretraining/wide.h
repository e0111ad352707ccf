#pragma once
#include <cstdint>
#include <cstring>

namespace packrat {

// Loops marked so are compiled for several instruction sets, and the best one is chosen when the program
// starts. They hold no sums across lanes and no contraction, so that every set gives the same values.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PACKRAT_WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PACKRAT_WIDE
#endif

/// A bfloat16 as it lies in memory: the upper half of a float32.
struct BFloat {
  std::uint16_t bits;
};

inline float to_float(float value) {
  return value;
}
inline float to_float(BFloat value) {
  const std::uint32_t bits = std::uint32_t{value.bits} << 16;
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}

inline void from_float(float value, float& out) {
  out = value;
}
/// To the nearest, ties to even. Infinities and the processor's own NaN stay what they are.
inline void from_float(float value, BFloat& out) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  out.bits = static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

}  // namespace packrat
