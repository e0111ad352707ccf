#include <htscodecs/rANS_static4x16.h>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {
namespace {

// rANS of order 0 over codes of a byte each. Every stream carries its table.
void add_rans(const char* name, int order, std::int64_t n) {
  const Block* block = &block_of(n, 4);
  const auto count = static_cast<unsigned>(n);
  const auto codes =
      std::make_shared<std::vector<std::uint8_t>>(block->codes);  // read through a plain pointer
  const auto packed = std::make_shared<std::vector<std::uint8_t>>(rans_compress_bound_4x16(count, order));
  auto size = static_cast<unsigned>(packed->size());
  rans_compress_to_4x16(codes->data(), count, packed->data(), &size, order);
  const auto out = std::make_shared<Buffer>(n);
  add_benchmark(
      "peer/htscodecs/" + std::string(name) + "/n:" + std::to_string(n) + "/width:4", n,
      [=] {
        unsigned decoded = count;
        rans_uncompress_to_4x16(packed->data(), size, out->bytes(), &decoded);
      },
      [=] { return std::equal(codes->begin(), codes->end(), out->bytes()); },
      8.0 * size / static_cast<double>(n));
}

}  // namespace

// An entry, and a block of 96 of them.
void add_htscodecs() {
  for (const std::int64_t n : {kPeerValues, 96 * kPeerValues}) {
    add_rans("rans_4x16", 0, n);
    add_rans("rans_32x16", RANS_ORDER_X32, n);
  }
}

}  // namespace packrat::bench
