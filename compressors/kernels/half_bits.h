#pragma once
#include <cstdint>

#include "engine/core/float_bits.h"

// The bits of one value of 16 bits (half.h), for the processor's loops and the GPU's threads. Every case is
// computed and one chosen, so that loops become vectors.

namespace packrat::kernels {
namespace {

constexpr std::uint32_t kRebias = (127 - 15) << 23;

PACKRAT_DEVICE std::uint32_t half_of(std::uint32_t bits) {
  const std::uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  // Below 2^-14 a half is a multiple of 2^-24, which is the spacing of floats at 1/2: adding 1/2 rounds.
  const std::uint32_t small = bits_of(float_of(size) + 0.5f) - bits_of(0.5f);
  const std::uint32_t normal = (size - kRebias + 0xfff + (size >> 13 & 1)) >> 13;
  const std::uint32_t finite = size < 0x38800000 ? small : normal;
  return sign | (size >= 0x477ff000 ? 0x7c00 : finite);  // 65520 and above: infinity
}

PACKRAT_DEVICE std::uint32_t from_half(std::uint32_t half) {
  const std::uint32_t sign = (half & 0x8000) << 16, size = half & 0x7fff;
  const std::uint32_t small = bits_of(static_cast<float>(static_cast<std::int32_t>(size)) * 0x1p-24f);
  return sign | (size < 0x0400 ? small : (size << 13) + kRebias);
}

PACKRAT_DEVICE std::uint32_t bfloat_of(std::uint32_t bits) {
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

PACKRAT_DEVICE std::uint32_t from_bfloat(std::uint32_t code) {
  return code << 16;
}

// Codes with every bit of the exponent set are infinite or NaN.
constexpr std::uint32_t kHalfExponent = 0x7c00, kBfloatExponent = 0x7f80;

}  // namespace
}  // namespace packrat::kernels
