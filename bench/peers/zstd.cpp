#include <zstd.h>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {
namespace {

// One entry's codes, a byte each.
void add_level(int level) {
  const Block* block = &block_of(kPeerValues, 4);
  const auto packed = std::make_shared<std::vector<std::uint8_t>>(ZSTD_compressBound(kPeerValues));
  const std::size_t size =
      ZSTD_compress(packed->data(), packed->size(), block->codes.data(), block->codes.size(), level);
  const std::shared_ptr<ZSTD_DCtx> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  const auto out = std::make_shared<Buffer>(kPeerValues);
  add_benchmark(
      "peer/zstd/level:" + std::to_string(level) + "/width:4", kPeerValues,
      [=] { ZSTD_decompressDCtx(context.get(), out->bytes(), kPeerValues, packed->data(), size); },
      [=] { return std::equal(block->codes.begin(), block->codes.end(), out->bytes()); },
      8.0 * static_cast<double>(size) / kPeerValues);
}

}  // namespace

void add_zstd() {
  for (const int level : {1, 3}) add_level(level);
}

}  // namespace packrat::bench
