#include <blosc.h>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {
namespace {

// Bits of elements of `element_bytes` shuffled, then LZ4.
void add_shuffled(const std::string& what, const std::uint8_t* data, std::int64_t bytes,
                  std::size_t element_bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  const auto packed = std::make_shared<std::vector<std::uint8_t>>(size + BLOSC_MAX_OVERHEAD);
  const int written = blosc_compress_ctx(5, BLOSC_BITSHUFFLE, element_bytes, size, data, packed->data(),
                                         packed->size(), "lz4", 0, 1);
  const auto out = std::make_shared<Buffer>(bytes);
  add_benchmark(
      "peer/blosc/bitshuffle_lz4_" + what + "/width:4", kPeerValues,
      [=] { blosc_decompress_ctx(packed->data(), out->bytes(), size, 1); },
      [=] { return written > 0 && std::memcmp(out->bytes(), data, size) == 0; }, 8.0 * written / kPeerValues);
}

}  // namespace

void add_blosc() {
  const Block& block = block_of(kPeerValues, 4);
  add_shuffled("codes", block.codes.data(), kPeerValues, 1);
  add_shuffled("floats", block.levels.bytes(), 4 * kPeerValues, 4);
}

}  // namespace packrat::bench
