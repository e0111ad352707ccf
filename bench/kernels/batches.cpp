// Minibatches decoded from entries that lie anywhere in a buffer of 10 000; and the roofs: storing as many
// floats, reading the same entries, and both.
#include <utility>

#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/slab.h"
#include "bench/kernels/tiers.h"
#include "compressors/kernels/fetch_ahead.h"

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

/// What a call handles: all entries once, a batch after the other. Its length is not left to a guess from the
/// first few batches, which find nothing in the caches.
std::int64_t pass_values(BatchShape shape) {
  return kSlots / shape.rows * shape.rows * shape.n;
}

/// Calls each(entries) for every batch.
template <class Each>
void for_each_batch(BatchShape shape, int width, const Each& each) {
  Slab& slab = slab_of(kSlots, shape.n, width);
  slab.at = 0;
  for (std::int64_t batch = 0; batch < kSlots / shape.rows; ++batch) each(slab.next(shape.rows));
}

void add_gather(BatchShape shape, int width) {
  const auto out = std::make_shared<Buffer>(4 * shape.rows * shape.n);
  for_each_tier([=](const std::string& tier, const kernels::KernelTable& kernel) {
    const auto decode = [=, table = &kernel](const std::uint8_t* const* entries) {
      kernels::gather_dequantize(*table, entries, shape.rows, shape.n,
                                 &slab_of(kSlots, shape.n, width).quantizer, 0, out->floats(),
                                 Stores::kCached);
    };
    add_benchmark(
        shape.name("gather", tier) + "/width:" + std::to_string(width), pass_values(shape),
        [=] { for_each_batch(shape, width, decode); },
        [=] {
          const Slab& slab = slab_of(kSlots, shape.n, width);
          decode(slab.order.data());
          return slab.is_decoded(out->floats(), shape.rows);
        });
  });
}

/// A word of each line of the cache in `entry`, added up: nothing that it needs must be computed.
std::uint64_t line_sum(const std::uint8_t* entry, std::int64_t bytes) {
  std::uint64_t sum = 0, word = 0;
  for (std::int64_t at = 0; at < bytes; at += kernels::kCacheLine) {
    std::memcpy(&word, entry + at, sizeof word);
    sum += word;
  }
  return sum;
}

/// Reads what decoding reads, fetched as decoding fetches it, and stores as many floats if `out` is there:
/// all that decoding does to memory, and nothing else.
void add_traffic(const char* what, BatchShape shape, int width, const std::shared_ptr<Buffer>& out) {
  const std::int64_t bytes = kernels::packed_bytes(shape.n, width), words = shape.n / 2;
  const auto sum = std::make_shared<std::uint64_t>(0);
  const auto traffic = [=](const std::uint8_t* const* entries) {
    kernels::fetching_ahead(entries, shape.rows, bytes, [&](std::int64_t row) {
      *sum += line_sum(entries[row], bytes);
      if (out) machine::best_memory_kernels().write(out->words() + row * words, words, 7);
    });
  };
  add_benchmark(
      shape.name(what, "-") + "/width:" + std::to_string(width), pass_values(shape),
      [=] { for_each_batch(shape, width, traffic); },
      [=] {
        const std::uint64_t once = std::exchange(*sum, 0);
        for_each_batch(shape, width, [&](const std::uint8_t* const* entries) {
          for (std::int64_t row = 0; row < shape.rows; ++row) *sum += line_sum(entries[row], bytes);
        });
        return *sum == once &&
               (!out || machine::best_memory_kernels().read(out->words(), shape.rows * words) ==
                            static_cast<std::uint64_t>(7 * shape.rows * words));
      });
}

}  // namespace

// Training's batch, and the two that fill half a larger second-level cache.
void add_batches() {
  for (const BatchShape shape :
       {BatchShape{16, 1024}, BatchShape{64, 1024}, BatchShape{128, 1024}, BatchShape{64, 3072}}) {
    add_store(shape);
    for_each_width([=](int width) {
      add_gather(shape, width);
      add_traffic("read", shape, width, nullptr);
      add_traffic("read_store", shape, width, std::make_shared<Buffer>(4 * shape.rows * shape.n));
    });
  }
}

}  // namespace packrat::bench
