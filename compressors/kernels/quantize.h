#pragma once
#include <cstdint>

namespace packrat::kernels {

/// A uniform quantizer: `states` equal bins between lo and hi (compressors/FORMAT.md, "Uniform quantizer").
/// All arithmetic is float32, every operation rounded to nearest, never contracted unless fma is written.
///   step     = (hi - lo) / states
///   boundary = min(lo + i step, hi), i = 1 .. states-1: the first value of bin i
///   code     = the number of boundaries at or below x; 0 for every x when lo = hi
///   level    = fma(code, step, lo + step/2)
struct UniformQuantizer {
  float lo = 0, hi = 1;
  int states = 2;  ///< 2..256
  int width = 1;   ///< bits of a code: ceil(log2 states)
  float step = 0.5;
  float base = 0.25;   ///< lo + step/2
  float inverse = 2;   ///< 1/step
  bool spread = true;  ///< bins are far wider than the spacing of floats: the quick way to a code is exact
};

/// Requires finite lo <= hi with hi - lo finite, and states in 2..256.
UniformQuantizer make_uniform_quantizer(float lo, float hi, int states);

/// ceil(log2 states), for states in 2..256.
int code_width(int states);

/// The first value of bin i, i = 1 .. states-1.
float bin_boundary(const UniformQuantizer& q, int i);

// No function below allocates, throws, or touches memory outside the sizes it names. Buffers must not
// overlap.

/// x: n floats. packed: packed_bytes(n, q.width) bytes, their codes packed as bitpack.h says. NaN gets code
/// 0.
void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed);

/// table: 2^q.width floats; the level of each code, 0 for the codes from q.states up, which no encoder
/// writes.
void fill_levels(const UniformQuantizer& q, float* table);

/// out: n floats, table[code] of n packed codes. table: 2^width floats.
void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out);

/// out: n floats, the levels of n packed codes; fill_levels() and unpack_lookup() in one call.
void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out);

/// Smallest and greatest of n >= 1 finite values. A zero is +0.
struct ValueRange {
  float lo, hi;
};
ValueRange value_range(const float* x, std::int64_t n);

/// Whether none of n values is NaN or infinite.
bool all_finite(const float* x, std::int64_t n);

/// The definitions above written down one value at a time; what the fast forms must equal.
namespace reference {
void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed);
void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out);
}  // namespace reference

}  // namespace packrat::kernels
