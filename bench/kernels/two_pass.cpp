#include "bench/kernels/two_pass.h"

#include "bench/kernels/block.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {
namespace {

void add_tier(kernels::Isa isa, int width) {
  const Block* block = &block_of(kMapValues, width);
  const TwoPass peer = two_pass_for(isa);
  const auto out = std::make_shared<Buffer>(4 * kMapValues);
  const auto right = [=] { return same_floats(out->floats(), block->levels.floats(), kMapValues); };
  add_benchmark(
      row_name("l1", "two_pass_lookup", kernels::isa_name(isa), kMapValues, width), kMapValues,
      [=] { peer.lookup(block->packed.bytes(), kMapValues, width, block->table.data(), out->floats()); },
      right);
  add_benchmark(
      row_name("l1", "two_pass_arithmetic", kernels::isa_name(isa), kMapValues, width), kMapValues,
      [=] { peer.arithmetic(block->packed.bytes(), kMapValues, block->quantizer, out->floats()); }, right);
}

}  // namespace

const TwoPass& two_pass_for(kernels::Isa isa) {
#ifdef PACKRAT_X86_KERNELS
  if (isa == kernels::Isa::kAvx2) return kAvx2TwoPass;
  if (isa == kernels::Isa::kAvx512) return kAvx512TwoPass;
#endif
  static_cast<void>(isa);
  return kScalarTwoPass;
}

void add_two_pass() {
  for_each_width([](int width) {
    for (const kernels::Isa isa : kernels::available_isas()) add_tier(isa, width);
  });
}

}  // namespace packrat::bench
