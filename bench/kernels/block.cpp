#include "bench/kernels/block.h"

#include <algorithm>
#include <map>
#include <memory>

#include "compressors/kernels/bitpack.h"
#include "engine/core/rng.h"

namespace packrat::bench {

std::vector<float> relu_map(std::int64_t n, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = std::max(0.0f, static_cast<float>(rng.normal()));
  return x;
}

Block::Block(std::int64_t values, int bits)
    : n(values),
      width(bits),
      x(relu_map(values, 1)),
      codes(x.size()),
      table(std::size_t{1} << bits),
      packed(kernels::packed_bytes(values, bits)),
      levels(4 * values) {
  const kernels::ValueRange range = kernels::value_range(x.data(), n);
  quantizer = kernels::make_uniform_quantizer(range.lo, range.hi, 1 << width);
  kernels::fill_levels(quantizer, table.data());
  kernels::reference::quantize_pack(x.data(), n, quantizer, packed.bytes());
  kernels::reference::unpack(packed.bytes(), n, width, codes.data());
  kernels::reference::unpack_dequantize(packed.bytes(), n, quantizer, levels.floats());
}

std::int64_t Block::packed_bytes() const {
  return kernels::packed_bytes(n, width);
}

const Block& block_of(std::int64_t values, int width) {
  static std::map<std::pair<std::int64_t, int>, std::unique_ptr<Block>> blocks;
  std::unique_ptr<Block>& block = blocks[{values, width}];
  if (!block) block = std::make_unique<Block>(values, width);
  return *block;
}

}  // namespace packrat::bench
