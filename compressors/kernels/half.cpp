#include "compressors/kernels/half.h"

#include <cstring>

#include "compressors/kernels/half_bits.h"
#include "engine/core/vector_clones.h"

namespace packrat::kernels {
namespace {

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
