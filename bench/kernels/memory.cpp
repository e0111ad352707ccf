// Decoding into memory far beyond the caches, with streaming stores and without; the roof; and what an
// uncompressed buffer would do instead, copying the floats.
#include <sys/mman.h>

#include <cstdlib>

#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/slab.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {
namespace {

using kernels::Stores;

constexpr std::int64_t kEntries = 32768;  // 128 MiB of floats
constexpr std::int64_t kValues = kEntries * kMapValues;

/// Mapped at first use, in large pages where the system has them, and kept: a row that is not asked for costs
/// nothing.
class FarBuffer {
 public:
  float* floats() {
    if (data_ == nullptr) {
      data_ = static_cast<float*>(std::aligned_alloc(std::size_t{1} << 21, 4 * kValues));
      ::madvise(data_, 4 * kValues, MADV_HUGEPAGE);
      std::memset(data_, 0, 4 * kValues);
    }
    return data_;
  }
  std::uint64_t* words() { return reinterpret_cast<std::uint64_t*>(floats()); }

 private:
  float* data_ = nullptr;
};

FarBuffer out, floats;

void add_store(const std::string& tier, const machine::MemoryKernels& loops) {
  const auto holds = [loops](std::uint64_t value) {
    return loops.read(out.words(), kValues / 2) == value * kValues / 2;
  };
  add_benchmark(
      "memory/store/" + tier, kValues, [=] { loops.write(out.words(), kValues / 2, 7); },
      [=] { return holds(7); });
  if (loops.stream == nullptr) return;
  add_benchmark(
      "memory/stream/" + tier, kValues, [=] { loops.stream(out.words(), kValues / 2, 9); },
      [=] { return holds(9); });
}

void add_gather(const std::string& tier, const kernels::KernelTable& kernel, int width, Stores stores) {
  const std::string what = stores == Stores::kStreaming ? "gather_streaming/" : "gather_cached/";
  add_benchmark(
      "memory/" + what + tier + "/width:" + std::to_string(width), kValues,
      [=, table = &kernel] {
        Slab& slab = slab_of(kEntries, kMapValues, width);
        kernels::gather_dequantize(*table, slab.next(kEntries), kEntries, kMapValues, &slab.quantizer, 0,
                                   out.floats(), stores);
      },
      [=] { return slab_of(kEntries, kMapValues, width).is_decoded(out.floats(), kEntries); });
}

/// The floats at once, which lets memcpy stream, and entry by entry in the order of the packed ones.
void add_copies() {
  const auto same = [] { return same_floats(out.floats(), floats.floats(), kValues); };
  add_benchmark(
      "memory/memcpy/-/at_once", kValues, [] { std::memcpy(out.floats(), floats.floats(), 4 * kValues); },
      same);
  add_benchmark(
      "memory/memcpy/-/by_entry", kValues,
      [] {
        const Slab& slab = slab_of(kEntries, kMapValues, 1);
        const std::int64_t entry_bytes = kernels::packed_bytes(kMapValues, 1);
        for (std::int64_t i = 0; i < kEntries; ++i) {
          const std::int64_t entry =
              (slab.order[static_cast<std::size_t>(i)] - slab.bytes.bytes()) / entry_bytes;
          std::memcpy(out.floats() + i * kMapValues, floats.floats() + entry * kMapValues, 4 * kMapValues);
        }
      },
      [] {
        const std::int64_t last =
            (slab_of(kEntries, kMapValues, 1).order.back() - slab_of(kEntries, kMapValues, 1).bytes.bytes()) /
            kernels::packed_bytes(kMapValues, 1);
        return same_floats(out.floats() + kValues - kMapValues, floats.floats() + last * kMapValues,
                           kMapValues);
      });
}

}  // namespace

void add_memory() {
  for_each_store(add_store);
  add_copies();
  for_each_tier([](const std::string& tier, const kernels::KernelTable& kernel) {
    for_each_width([&](int width) {
      for (const Stores stores : {Stores::kCached, Stores::kStreaming})
        if (stores == Stores::kCached || &kernel != &kernels::kScalarKernels)  // which has no such stores
          add_gather(tier, kernel, width, stores);
    });
  });
}

}  // namespace packrat::bench
