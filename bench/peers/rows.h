#pragma once
#include <cmath>
#include <cstdint>

#include "bench/kernels/measure.h"

// The rows of peers_bench: one function a library, left out where it is not installed. Names are
// peer/LIBRARY/WHAT.

namespace packrat::bench {

constexpr std::int64_t kPeerValues = 1024;  ///< an entry, as in kernels_bench

void add_opencv();     ///< bytes to floats: convertTo, LUT
void add_torch();      ///< dequantize of 8 bits
void add_faiss();      ///< ScalarQuantizer of 4, 6 and 8 bits
void add_blosc();      ///< bit shuffle
void add_zfp();        ///< floats at fixed rates
void add_zstd();       ///< packed 4-bit codes
void add_htscodecs();  ///< rANS of 4-bit codes

/// Whether all of n floats are at most `tolerance` apart.
inline bool near_floats(const float* a, const float* b, std::int64_t n, float tolerance) {
  for (std::int64_t i = 0; i < n; ++i)
    if (!(std::fabs(a[i] - b[i]) <= tolerance)) return false;
  return true;
}

}  // namespace packrat::bench
