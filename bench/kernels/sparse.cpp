// Sparse entries back to maps, from coordinates and from a bitmap.
#include "bench/kernels/block.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"
#include "compressors/kernels/select.h"

namespace packrat::bench {
namespace {

struct SparseMap {
  explicit SparseMap(std::int64_t kept)
      : at(static_cast<std::size_t>(kept)), bitmap(kMapValues / 8), out(4 * kMapValues), map(kMapValues) {
    const std::vector<float> x = relu_map(kMapValues, 4);
    kernels::reference::select_largest(x.data(), kMapValues, kept, at.data());
    for (const std::uint16_t i : at) {
      values.push_back(x[i]);
      map[i] = x[i];
      bitmap[i / 8] = static_cast<std::uint8_t>(bitmap[i / 8] | 1 << i % 8);
    }
  }
  bool restored() const { return same_floats(out.floats(), map.data(), kMapValues); }
  std::vector<std::uint16_t> at;
  std::vector<float> values;
  std::vector<std::uint8_t> bitmap;
  Buffer out;
  std::vector<float> map;
};

}  // namespace

void add_sparse() {
  for (const std::int64_t kept : {51, 102, 512})
    for_each_tier([kept](const std::string& tier, const kernels::KernelTable& kernel) {
      const std::string kept_of = "/kept:" + std::to_string(kept);
      const auto by_coordinates = std::make_shared<SparseMap>(kept),
                 by_bits = std::make_shared<SparseMap>(kept);
      add_benchmark(
          row_name("l1", "scatter_coordinates", tier, kMapValues) + kept_of, kMapValues,
          [=, s = by_coordinates.get(), scatter = kernel.scatter_coordinates] {
            scatter(s->at.data(), s->values.data(), kept, kMapValues, s->out.floats());
          },
          [=] { return by_coordinates->restored(); });
      add_benchmark(
          row_name("l1", "scatter_bitmap", tier, kMapValues) + kept_of, kMapValues,
          [=, s = by_bits.get(), scatter = kernel.scatter_bitmap] {
            scatter(s->bitmap.data(), s->values.data(), kMapValues, s->out.floats());
          },
          [=] { return by_bits->restored(); });
    });
}

}  // namespace packrat::bench
