// Thinning's choice of the greatest values, and the peer: std::nth_element on a copy of the values, which
// finds the threshold but no coordinates.
#include <algorithm>
#include <functional>

#include "bench/kernels/block.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"
#include "compressors/kernels/select.h"

namespace packrat::bench {
namespace {

// Many maps in turn, so that branch prediction cannot memorize one of them.
constexpr std::int64_t kMaps = 256;

struct Selection {
  Selection(std::int64_t values, int deleted_per_mille)
      : n(values),
        kept(values - values * deleted_per_mille / 1000),
        maps(relu_map(kMaps * values, 3)),
        coordinates(static_cast<std::size_t>(kept)),
        scratch(static_cast<std::size_t>(2 * values)),
        copy(static_cast<std::size_t>(values)) {}
  const float* next_map() { return maps.data() + (map++ % kMaps) * n; }
  std::int64_t n, kept, map = 0;
  std::vector<float> maps;
  std::vector<std::uint16_t> coordinates;
  std::vector<std::uint32_t> scratch;
  std::vector<float> copy;
};

std::string name_of(const std::string& what, const std::string& tier, std::int64_t n, int deleted_per_mille) {
  return row_name("l1", what, tier, n) + "/deleted_per_mille:" + std::to_string(deleted_per_mille);
}

void add_tier(const std::string& tier, const kernels::KernelTable& kernel, std::int64_t n,
              int deleted_per_mille) {
  const auto all = std::make_shared<Selection>(n, deleted_per_mille);
  const auto choose = kernel.select_largest;
  const auto equals_sorting = [=] {
    std::vector<std::uint16_t> expected(all->coordinates.size());
    for (std::int64_t m = 0; m < kMaps; ++m) {
      const float* map = all->maps.data() + m * n;
      kernels::reference::select_largest(map, n, all->kept, expected.data());
      choose(map, n, all->kept, all->scratch.data(), all->coordinates.data());
      if (all->coordinates != expected) return false;
    }
    return true;
  };
  add_benchmark(
      name_of("select", tier, n, deleted_per_mille), n,
      [=] { choose(all->next_map(), n, all->kept, all->scratch.data(), all->coordinates.data()); },
      equals_sorting);
}

void add_peer(std::int64_t n, int deleted_per_mille) {
  const auto all = std::make_shared<Selection>(n, deleted_per_mille);
  add_benchmark(
      name_of("nth_element", "-", n, deleted_per_mille), n,
      [=] {
        std::memcpy(all->copy.data(), all->next_map(), all->copy.size() * sizeof(float));
        std::nth_element(all->copy.begin(), all->copy.begin() + all->kept - 1, all->copy.end(),
                         std::greater<>());
      },
      [=] {
        std::vector<float> sorted(all->maps.begin(), all->maps.begin() + n);
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        const auto nth = static_cast<std::size_t>(all->kept - 1);
        return all->copy[nth] == sorted[nth];
      });
}

}  // namespace

void add_selection() {
  for (const std::int64_t n : {512, 1024, 3072})
    for (const int deleted_per_mille : {500, 900, 950}) {
      add_peer(n, deleted_per_mille);
      for_each_tier([=](const std::string& tier, const kernels::KernelTable& kernel) {
        add_tier(tier, kernel, n, deleted_per_mille);
      });
    }
}

}  // namespace packrat::bench
