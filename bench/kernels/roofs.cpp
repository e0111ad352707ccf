// The roof of every decoder that writes floats: storing as many with the widest registers of a tier.
#include "bench/kernels/buffer.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {

void add_roofs() {
  for (const std::int64_t n : {kMapValues, 4 * kMapValues})
    for_each_store([n](const std::string& tier, const machine::MemoryKernels& loops) {
      const auto out = std::make_shared<Buffer>(4 * n);
      add_benchmark(
          row_name("l1", "store", tier, n), n, [=] { loops.write(out->words(), n / 2, 7); },
          [=] { return loops.read(out->words(), n / 2) == static_cast<std::uint64_t>(7 * n / 2); });
    });
}

}  // namespace packrat::bench
