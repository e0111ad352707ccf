#pragma once
#include <cstdint>

#include "compressors/kernels/isa.h"
#include "compressors/kernels/quantize.h"

namespace packrat::bench {

/// The peer of reading packed codes back: the strongest public way to unpack (simdcomp's, on the same layout)
/// into 32-bit integers in L1, a block of 512 at a time, then a pass that makes floats of them. n is a
/// multiple of 512.
struct TwoPass {
  /// By table of 2^width levels, in registers where they fit, else gathered.
  void (*lookup)(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out);
  /// By conversion and fma; for uniform quantizers of 2^width states.
  void (*arithmetic)(const std::uint8_t* packed, std::int64_t n, const kernels::UniformQuantizer& q,
                     float* out);
};

extern const TwoPass kScalarTwoPass;
extern const TwoPass kAvx2TwoPass, kAvx512TwoPass;  // in x86-64 builds

/// `isa` must be one of available_isas().
const TwoPass& two_pass_for(kernels::Isa isa);

}  // namespace packrat::bench
