// Floats that stay floats: their range, and whether all are finite.
#include <algorithm>

#include "bench/kernels/block.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {

void add_values() {
  for_each_tier([](const std::string& tier, const kernels::KernelTable& kernel) {
    const auto x = std::make_shared<std::vector<float>>(relu_map(kMapValues, 2));
    const auto range = std::make_shared<kernels::ValueRange>();
    const auto finite = std::make_shared<bool>(false);
    add_benchmark(
        row_name("l1", "value_range", tier, kMapValues), kMapValues,
        [=, find = kernel.value_range] { *range = find(x->data(), kMapValues); },
        [=] {
          const auto [lo, hi] = std::minmax_element(x->begin(), x->end());
          return range->lo == *lo && range->hi == *hi;
        });
    add_benchmark(
        row_name("l1", "all_finite", tier, kMapValues), kMapValues,
        [=, test = kernel.all_finite] { *finite = test(x->data(), kMapValues); }, [=] { return *finite; });
  });
}

}  // namespace packrat::bench
