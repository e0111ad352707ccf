#pragma once
#include <cstdint>
#include <cstring>

// What the files rate_*.cpp share. Everything is `static`: a translation unit compiled for a wider
// instruction set must keep its own copy, which the linker cannot swap for another's.

namespace packrat::machine {

/// Makes the compiler take a value as unknown, so that it cannot work out products beforehand.
template <typename T>
[[maybe_unused]] static inline void hide(T& value) {
  asm volatile("" : "+m"(value) : : "memory");
}

/// The elements of a vector, added up.
template <typename Element, typename Vector>
[[maybe_unused]] static inline double element_sum(const Vector& vector) {
  constexpr std::size_t kBytes = sizeof(Vector);
  Element elements[kBytes / sizeof(Element)];
  std::memcpy(elements, &vector, sizeof vector);
  double out = 0;
  for (const Element e : elements) out += static_cast<double>(e);
  return out;
}

/// Independent sums, enough of them that a product never waits for the one before it.
constexpr int kSums = 12;

/// step(sum) adds products to each of kSums vectors, round after round. Returns all their elements, added up.
template <typename Element, typename Vector, class Step>
[[maybe_unused]] static inline double run_rounds(std::int64_t rounds, const Vector& zero, const Step& step) {
  Vector sum[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sum[i] = zero;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) step(sum[i]);
  }
  double out = 0;
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) out += element_sum<Element>(sum[i]);
  return out;
}

}  // namespace packrat::machine
