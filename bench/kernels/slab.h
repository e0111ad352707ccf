#pragma once
#include <cstdint>
#include <vector>

#include "bench/kernels/buffer.h"
#include "compressors/kernels/quantize.h"

namespace packrat::bench {

/// Entries of packed codes as a replay buffer holds them, and an order in which to read them: all of them
/// once, at random. Codes are random, too.
struct Slab {
  Slab(std::int64_t entries, std::int64_t values, int width);

  /// The next `count` entries of the order, which starts again when too few are left.
  const std::uint8_t* const* next(std::int64_t count);

  /// Whether `out` holds the first `count` entries of the order.
  bool is_decoded(const float* out, std::int64_t count) const;

  std::int64_t n;
  kernels::UniformQuantizer quantizer;
  Buffer bytes;
  std::vector<const std::uint8_t*> order;
  std::size_t at = 0;
};

/// The same slab for every benchmark that asks; made at first use.
Slab& slab_of(std::int64_t entries, std::int64_t values, int width);

}  // namespace packrat::bench
