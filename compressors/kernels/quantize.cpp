#include "compressors/kernels/quantize.h"

#include <algorithm>
#include <cmath>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/uniform_bins.h"

namespace packrat::kernels {

int code_width(int states) {
  int width = 1;
  while (1 << width < states) ++width;
  return width;
}

UniformQuantizer make_uniform_quantizer(float lo, float hi, int states) {
  return uniform_quantizer(lo, hi, states, code_width(states));
}

float bin_boundary(const UniformQuantizer& q, int i) {
  return boundary_of_bin(q, i);
}

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  active_kernels().quantize_pack(x, n, q, packed);
}

void fill_levels(const UniformQuantizer& q, float* table) {
  for (int code = 0; code < 1 << q.width; ++code)
    table[code] = level_of_code(static_cast<std::uint32_t>(code), q.states, q.step, q.base);
}

void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out) {
  active_kernels().unpack_lookup(packed, n, width, table, out, Stores::kCached);
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out) {
  active_kernels().unpack_dequantize(packed, n, q, out, Stores::kCached);
}

ValueRange value_range(const float* x, std::int64_t n) {
  return active_kernels().value_range(x, n);
}

bool all_finite(const float* x, std::int64_t n) {
  return active_kernels().all_finite(x, n);
}

namespace reference {

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  struct CountBoundaries {
    const float* x;
    const UniformQuantizer* q;
    std::uint32_t one(std::int64_t i) const {
      std::uint32_t code = 0;
      for (int bin = 1; bin < q->states && q->lo < q->hi; ++bin) code += x[i] >= bin_boundary(*q, bin);
      return code;
    }
  };
  const CountBoundaries source{x, &q};
  std::uint8_t codes[kBlockValues];
  for (std::int64_t first = 0; first < n; first += kBlockValues) {
    const std::int64_t count = std::min<std::int64_t>(kBlockValues, n - first);
    for (std::int64_t i = 0; i < count; ++i) codes[i] = static_cast<std::uint8_t>(source.one(first + i));
    pack(codes, count, q.width, packed + first * q.width / 8);
  }
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out) {
  std::uint8_t codes[kBlockValues];
  for (std::int64_t first = 0; first < n; first += kBlockValues) {
    const std::int64_t count = std::min<std::int64_t>(kBlockValues, n - first);
    unpack(packed + first * q.width / 8, count, q.width, codes);
    for (std::int64_t i = 0; i < count; ++i) {
      const bool known = codes[i] < q.states;
      out[first + i] = known ? std::fma(static_cast<float>(codes[i]), q.step, q.base) : 0.0f;
    }
  }
}

}  // namespace reference
}  // namespace packrat::kernels
