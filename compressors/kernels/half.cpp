#include "compressors/kernels/half.h"

#include <cstring>

namespace packrat::kernels {
namespace {

std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

float float_of(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr std::uint32_t kRebias = (127 - 15) << 23;

std::uint32_t half_of(float x) {
  const std::uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size >= 0x477ff000) return sign | 0x7c00;  // 65520 and above: infinity
  // Below 2^-14 a half is a multiple of 2^-24, which is the spacing of floats at 1/2: adding 1/2 rounds.
  if (size < 0x38800000) return sign | (bits_of(float_of(size) + 0.5f) - bits_of(0.5f));
  return sign | (size - kRebias + 0xfff + (size >> 13 & 1)) >> 13;
}

float from_half(std::uint32_t half) {
  const std::uint32_t sign = (half & 0x8000) << 16, size = half & 0x7fff;
  if (size < 0x0400) return float_of(sign | bits_of(static_cast<float>(size) * 0x1p-24f));
  return float_of(sign | ((size << 13) + kRebias));
}

std::uint32_t bfloat_of(float x) {
  const std::uint32_t bits = bits_of(x);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// Codes with every bit of `exponent` set are infinite or NaN.
template <class CodeOf>
bool write(const float* x, std::int64_t n, std::uint32_t exponent, std::uint8_t* bytes, const CodeOf& code_of) {
  bool finite = true;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto code = static_cast<std::uint16_t>(code_of(x[i]));
    finite &= (code & exponent) != exponent;
    std::memcpy(bytes + 2 * i, &code, 2);
  }
  return finite;
}

template <class ValueOf>
bool read(const std::uint8_t* bytes, std::int64_t n, std::uint32_t exponent, float* out, const ValueOf& value_of) {
  bool finite = true;
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint16_t code;
    std::memcpy(&code, bytes + 2 * i, 2);
    finite &= (code & exponent) != exponent;
    out[i] = value_of(code);
  }
  return finite;
}

}  // namespace

bool to_float16(const float* x, std::int64_t n, std::uint8_t* bytes) { return write(x, n, 0x7c00, bytes, half_of); }

bool to_bfloat16(const float* x, std::int64_t n, std::uint8_t* bytes) { return write(x, n, 0x7f80, bytes, bfloat_of); }

bool from_float16(const std::uint8_t* bytes, std::int64_t n, float* out) {
  return read(bytes, n, 0x7c00, out, from_half);
}

bool from_bfloat16(const std::uint8_t* bytes, std::int64_t n, float* out) {
  return read(bytes, n, 0x7f80, out, [](std::uint32_t code) { return float_of(code << 16); });
}

}  // namespace packrat::kernels
