// Codes: packed, quantized and read back, by width and tier, data in L1.
#include "bench/kernels/block.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {
namespace {

using kernels::Stores;

template <class Pack>
void add_pack(const std::string& tier, int width, Pack pack) {
  const Block* block = &block_of(kMapValues, width);
  const auto packed = std::make_shared<Buffer>(block->packed_bytes());
  add_benchmark(
      row_name("l1", "pack", tier, kMapValues, width), kMapValues,
      [=] { pack(block->codes.data(), kMapValues, width, packed->bytes()); },
      [=] {
        return std::memcmp(packed->bytes(), block->packed.bytes(),
                           static_cast<std::size_t>(block->packed_bytes())) == 0;
      });
}

template <class Unpack>
void add_unpack(const std::string& tier, int width, Unpack unpack) {
  const Block* block = &block_of(kMapValues, width);
  const auto codes = std::make_shared<Buffer>(kMapValues);
  add_benchmark(
      row_name("l1", "unpack", tier, kMapValues, width), kMapValues,
      [=] { unpack(block->packed.bytes(), kMapValues, width, codes->bytes()); },
      [=] { return std::equal(block->codes.begin(), block->codes.end(), codes->bytes()); });
}

template <class Quantize>
void add_quantize_pack(const std::string& tier, int width, Quantize quantize) {
  const Block* block = &block_of(kMapValues, width);
  const auto packed = std::make_shared<Buffer>(block->packed_bytes());
  add_benchmark(
      row_name("l1", "quantize_pack", tier, kMapValues, width), kMapValues,
      [=] { quantize(block->x.data(), kMapValues, block->quantizer, packed->bytes()); },
      [=] {
        return std::memcmp(packed->bytes(), block->packed.bytes(),
                           static_cast<std::size_t>(block->packed_bytes())) == 0;
      });
}

template <class Decode>
void add_decode(const char* what, const std::string& tier, std::int64_t n, int width, Decode decode) {
  const Block* block = &block_of(n, width);
  const auto out = std::make_shared<Buffer>(4 * n);
  add_benchmark(
      row_name("l1", what, tier, n, width), n, [=] { decode(*block, out->floats()); },
      [=] { return same_floats(out->floats(), block->levels.floats(), n); });
}

void add_tier(const std::string& tier, const kernels::KernelTable& kernel, int width) {
  add_pack(tier, width, kernel.pack);
  add_unpack(tier, width, kernel.unpack);
  add_quantize_pack(tier, width, kernel.quantize_pack);
  // Ranges of each entry's own: what the kernel needs besides the quantizer is made again for each call.
  for (const std::int64_t n : {kMapValues, 4 * kMapValues})
    add_decode("decode", tier, n, width, [decode = kernel.unpack_dequantize](const Block& block, float* out) {
      decode(block.packed.bytes(), block.n, block.quantizer, out, Stores::kCached);
    });
  // Any levels, from a table that is there already.
  add_decode("lookup", tier, kMapValues, width,
             [lookup = kernel.unpack_lookup](const Block& block, float* out) {
               lookup(block.packed.bytes(), block.n, block.width, block.table.data(), out, Stores::kCached);
             });
}

}  // namespace

void add_codes() {
  for_each_width([](int width) {
    add_pack("reference", width, kernels::reference::pack);
    add_unpack("reference", width, kernels::reference::unpack);
    add_quantize_pack("reference", width, kernels::reference::quantize_pack);
    for_each_tier([width](const std::string& tier, const kernels::KernelTable& kernel) {
      add_tier(tier, kernel, width);
    });
  });
}

}  // namespace packrat::bench
