#include "compressors/kernels/half.h"

#include <cstring>

#include "engine/core/float_bits.h"
#include "engine/core/vector_clones.h"

namespace packrat::kernels {
namespace {

constexpr std::uint32_t kRebias = (127 - 15) << 23;

// Every case is computed and one chosen, so that the loops become vectors.

PACKRAT_VECTOR_INLINE std::uint32_t half_of(std::uint32_t bits) {
  const std::uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  // Below 2^-14 a half is a multiple of 2^-24, which is the spacing of floats at 1/2: adding 1/2 rounds.
  const std::uint32_t small = bits_of(float_of(size) + 0.5f) - bits_of(0.5f);
  const std::uint32_t normal = (size - kRebias + 0xfff + (size >> 13 & 1)) >> 13;
  const std::uint32_t finite = size < 0x38800000 ? small : normal;
  return sign | (size >= 0x477ff000 ? 0x7c00 : finite);  // 65520 and above: infinity
}

PACKRAT_VECTOR_INLINE std::uint32_t from_half(std::uint32_t half) {
  const std::uint32_t sign = (half & 0x8000) << 16, size = half & 0x7fff;
  const std::uint32_t small = bits_of(static_cast<float>(static_cast<std::int32_t>(size)) * 0x1p-24f);
  return sign | (size < 0x0400 ? small : (size << 13) + kRebias);
}

PACKRAT_VECTOR_INLINE std::uint32_t bfloat_of(std::uint32_t bits) {
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

PACKRAT_VECTOR_INLINE std::uint32_t from_bfloat(std::uint32_t code) {
  return code << 16;
}

// Codes with every bit of the exponent set are infinite or NaN.
constexpr std::uint32_t kHalfExponent = 0x7c00, kBfloatExponent = 0x7f80;

template <std::uint32_t (*kCodeOf)(std::uint32_t), std::uint32_t kExponent>
PACKRAT_VECTOR_INLINE bool write(const float* x, std::int64_t n, std::uint8_t* bytes) {
  std::uint32_t infinite = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t code = kCodeOf(bits_of(x[i]));
    const auto low = static_cast<std::uint16_t>(code);
    std::memcpy(bytes + 2 * i, &low, 2);
    infinite |= (code & kExponent) == kExponent ? 1u : 0u;
  }
  return infinite == 0;
}

template <std::uint32_t (*kBitsOf)(std::uint32_t), std::uint32_t kExponent>
PACKRAT_VECTOR_INLINE bool read(const std::uint8_t* bytes, std::int64_t n, float* out) {
  std::uint32_t infinite = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint16_t code;
    std::memcpy(&code, bytes + 2 * i, 2);
    const std::uint32_t value = kBitsOf(code);
    std::memcpy(out + i, &value, 4);
    infinite |= (code & kExponent) == kExponent ? 1u : 0u;
  }
  return infinite == 0;
}

}  // namespace

PACKRAT_VECTOR_CLONES bool to_float16(const float* x, std::int64_t n, std::uint8_t* bytes) {
  return write<half_of, kHalfExponent>(x, n, bytes);
}

PACKRAT_VECTOR_CLONES bool to_bfloat16(const float* x, std::int64_t n, std::uint8_t* bytes) {
  return write<bfloat_of, kBfloatExponent>(x, n, bytes);
}

PACKRAT_VECTOR_CLONES bool from_float16(const std::uint8_t* bytes, std::int64_t n, float* out) {
  return read<from_half, kHalfExponent>(bytes, n, out);
}

PACKRAT_VECTOR_CLONES bool from_bfloat16(const std::uint8_t* bytes, std::int64_t n, float* out) {
  return read<from_bfloat, kBfloatExponent>(bytes, n, out);
}

}  // namespace packrat::kernels
