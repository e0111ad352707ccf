#pragma once
#include <cstdint>
#include <vector>

#include "bench/kernels/buffer.h"
#include "compressors/kernels/quantize.h"

namespace packrat::bench {

/// What a map looks like after a ReLU: half zeros, the rest half-normal.
std::vector<float> relu_map(std::int64_t n, std::uint64_t seed);

/// One entry, as the plain definitions make it: its values, their quantizer of 2^width states, codes, packed
/// codes and the levels that they read back as.
struct Block {
  Block(std::int64_t values, int bits);
  std::int64_t n;
  int width;
  std::vector<float> x;
  kernels::UniformQuantizer quantizer;
  std::vector<std::uint8_t> codes;
  std::vector<float> table;  ///< 2^width levels
  Buffer packed, levels;
  std::int64_t packed_bytes() const;
};

/// The same block for every benchmark that asks.
const Block& block_of(std::int64_t values, int width);

}  // namespace packrat::bench
