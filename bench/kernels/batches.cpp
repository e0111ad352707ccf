// Minibatches decoded from entries that lie anywhere in a buffer of 10 000, and storing as many floats.
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/slab.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {
namespace {

using kernels::Stores;

constexpr std::int64_t kSlots = 10000;

struct BatchShape {
  std::int64_t rows, n;
  std::string name(const char* what, const std::string& tier) const {
    return "l2/" + std::string(what) + "/" + tier + "/rows:" + std::to_string(rows) +
           "/n:" + std::to_string(n);
  }
};

void add_store(BatchShape shape) {
  for_each_store([=](const std::string& tier, const machine::MemoryKernels& loops) {
    const std::int64_t values = shape.rows * shape.n;
    const auto out = std::make_shared<Buffer>(4 * values);
    add_benchmark(
        shape.name("store", tier), values, [=] { loops.write(out->words(), values / 2, 7); },
        [=] { return loops.read(out->words(), values / 2) == static_cast<std::uint64_t>(7 * values / 2); });
  });
}

void add_gather(BatchShape shape, int width) {
  const std::int64_t values = shape.rows * shape.n;
  const auto out = std::make_shared<Buffer>(4 * values);
  for_each_tier([=](const std::string& tier, const kernels::KernelTable& kernel) {
    const auto decode = [=, table = &kernel] {
      Slab& slab = slab_of(kSlots, shape.n, width);
      kernels::gather_dequantize(*table, slab.next(shape.rows), shape.rows, shape.n, &slab.quantizer, 0,
                                 out->floats(), Stores::kCached);
    };
    add_benchmark(shape.name("gather", tier) + "/width:" + std::to_string(width), values, decode, [=] {
      Slab& slab = slab_of(kSlots, shape.n, width);
      slab.at = 0;
      decode();
      return slab.is_decoded(out->floats(), shape.rows);
    });
  });
}

}  // namespace

// Training's batch, and the two that fill half a larger second-level cache.
void add_batches() {
  for (const BatchShape shape :
       {BatchShape{16, 1024}, BatchShape{64, 1024}, BatchShape{128, 1024}, BatchShape{64, 3072}}) {
    add_store(shape);
    for_each_width([=](int width) { add_gather(shape, width); });
  }
}

}  // namespace packrat::bench
