#include "compressors/kernels/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/v16.h"

namespace packrat::kernels {
namespace {

// The quick way to a code: the boundary nearest to x decides between the bins on its two sides. Exact when
// boundaries move by less than half a bin through rounding, which `spread` promises.
struct NearestBoundary {
  const float* x;
  float lo, step, inverse, last;
  std::uint32_t one(std::int64_t i) const {
    float t = (x[i] - lo) * inverse;
    t = t > 1.0f ? t : 1.0f;
    t = t < last ? t : last;
    const auto nearest = static_cast<std::int32_t>(t + 0.5f);
    const float boundary = lo + static_cast<float>(nearest) * step;
    return static_cast<std::uint32_t>(nearest - (x[i] >= boundary ? 0 : 1));
  }
  void row(std::int64_t i, std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) code[l] = one(i + l);
  }
};

// Bins as narrow as the spacing of floats, or a constant map: halve the boundaries until one bin is left.
struct BoundarySearch {
  const float* x;
  const UniformQuantizer* q;
  std::uint32_t one(std::int64_t i) const {
    int bin = 0, above = q->lo < q->hi ? q->states : 1;
    while (above - bin > 1) {
      const int middle = (bin + above) / 2;
      (x[i] >= bin_boundary(*q, middle) ? bin : above) = middle;
    }
    return static_cast<std::uint32_t>(bin);
  }
  void row(std::int64_t i, std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) code[l] = one(i + l);
  }
};

struct LevelSink {
  const float* table;
  float* out;
  void row(std::int64_t i, const std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) out[i + l] = table[code[l]];
  }
  void one(std::int64_t i, std::uint32_t code) const { out[i] = table[code]; }
};

}  // namespace

int code_width(int states) {
  int width = 1;
  while (1 << width < states) ++width;
  return width;
}

UniformQuantizer make_uniform_quantizer(float lo, float hi, int states) {
  UniformQuantizer q;
  q.lo = lo;
  q.hi = hi;
  q.states = states;
  q.width = code_width(states);
  q.step = (hi - lo) / static_cast<float>(states);
  q.base = lo + q.step / 2;
  // A float32 is spaced at most 2^-23 of its size from the next, so two spacings to a step bound a boundary's
  // rounding by a quarter bin; the second condition keeps 1/step finite.
  q.spread = q.step >= std::max(std::fabs(lo), std::fabs(hi)) * 0x1p-22f && q.step >= 0x1p-100f;
  q.inverse = q.spread ? 1.0f / q.step : 0.0f;
  return q;
}

float bin_boundary(const UniformQuantizer& q, int i) {
  return std::min(q.lo + static_cast<float>(i) * q.step, q.hi);
}

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  with_width(q.width, [&](auto b) {
    if (q.spread)
      pack_from<b.value>(NearestBoundary{x, q.lo, q.step, q.inverse, static_cast<float>(q.states - 1)}, n,
                         packed);
    else
      pack_from<b.value>(BoundarySearch{x, &q}, n, packed);
  });
}

void fill_levels(const UniformQuantizer& q, float* table) {
  for (int code = 0; code < 1 << q.width; ++code)
    table[code] = code < q.states ? std::fma(static_cast<float>(code), q.step, q.base) : 0.0f;
}

void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out) {
  with_width(width, [&](auto b) { unpack_to<b.value>(packed, n, LevelSink{table, out}); });
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out) {
  float table[1 << kMaxWidth];
  fill_levels(q, table);
  unpack_lookup(packed, n, q.width, table, out);
}

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
