#include "compressors/kernels/level_codes.h"

#include <algorithm>
#include <cmath>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/uniform_bins.h"

namespace packrat::kernels {
namespace {

// Packs code_of(x[i]), a block of codes at a time.
template <class CodeOf>
void pack_codes(const float* x, std::int64_t n, int width, std::uint8_t* packed, const CodeOf& code_of) {
  std::uint8_t codes[kBlockValues];
  for (std::int64_t first = 0; first < n; first += kBlockValues) {
    const std::int64_t count = std::min<std::int64_t>(kBlockValues, n - first);
    for (std::int64_t i = 0; i < count; ++i) codes[i] = static_cast<std::uint8_t>(code_of(x[first + i]));
    pack(codes, count, width, packed + first * width / 8);
  }
}

}  // namespace

// The guess is at most one bin off where the quick way is exact, and bin 0 elsewhere; the boundaries decide.
int uniform_code(const UniformQuantizer& q, float x) {
  if (!(q.lo < q.hi)) return 0;
  const float guess = (x - q.lo) * q.inverse;
  int bin = guess > 0 ? static_cast<int>(std::min(guess, static_cast<float>(q.states - 1))) : 0;
  while (bin + 1 < q.states && x >= bin_boundary(q, bin + 1)) ++bin;
  while (bin > 0 && x < bin_boundary(q, bin)) --bin;
  return bin;
}

ZeroQuantizer make_zero_quantizer(float hi, int states) {
  return {make_uniform_quantizer(0, hi, states - 1), states};
}

int zero_code(const ZeroQuantizer& q, float x) {
  return x > 0 && q.bins.hi > 0 ? 1 + uniform_code(q.bins, x) : 0;
}

void fill_zero_levels(const ZeroQuantizer& q, float* table) {
  table[0] = 0;
  for (int code = 1; code < q.states; ++code)
    table[code] = std::fma(static_cast<float>(code - 1), q.bins.step, q.bins.base);
}

void zero_quantize_pack(const float* x, std::int64_t n, const ZeroQuantizer& q, std::uint8_t* packed) {
  pack_codes(x, n, code_width(q.states), packed, [&](float value) { return zero_code(q, value); });
}

void boundary_pack(const float* x, std::int64_t n, int width, const float* boundaries, std::uint8_t* packed) {
  pack_codes(x, n, width, packed, [=](float value) { return code_by_boundaries(value, width, boundaries); });
}

}  // namespace packrat::kernels
