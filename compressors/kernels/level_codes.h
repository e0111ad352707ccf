#pragma once
#include <cstdint>

#include "compressors/kernels/quantize.h"

namespace packrat::kernels {

// Codes of quantizers that quantize_pack() does not cover. No function here allocates or throws. Values are
// finite.

/// The code of one value, as quantize.h defines it.
int uniform_code(const UniformQuantizer& q, float x);

/// A quantizer for values >= 0 that keeps 0: code 0 is 0 (and anything below), codes 1 .. states-1 are the
/// equal bins of (0, hi]. With hi = 0 every code is 0.
struct ZeroQuantizer {
  UniformQuantizer bins;  ///< states - 1 of them, from 0 to hi; a single one has no boundary
  int states = 2;
};

/// Requires finite hi >= 0 and states in 2..256.
ZeroQuantizer make_zero_quantizer(float hi, int states);

int zero_code(const ZeroQuantizer& q, float x);

/// table: `states` levels: 0, then fma(code - 1, step, step/2).
void fill_zero_levels(const ZeroQuantizer& q, float* table);

/// packed: packed_bytes(n, code_width(q.states)) bytes.
void zero_quantize_pack(const float* x, std::int64_t n, const ZeroQuantizer& q, std::uint8_t* packed);

/// Codes by `states` - 1 ascending boundaries: the number of them at or below x. boundaries: 2^width - 1
/// floats, those from `states` - 1 up infinite. packed: packed_bytes(n, width) bytes.
void boundary_pack(const float* x, std::int64_t n, int width, const float* boundaries, std::uint8_t* packed);

}  // namespace packrat::kernels
