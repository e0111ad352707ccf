#include "compressors/kernels/select.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "compressors/kernels/kernel_table.h"

namespace packrat::kernels {

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates) {
  active_kernels().select_largest(x, n, kept, scratch, coordinates);
}

bool is_selection(const std::uint16_t* coordinates, std::int64_t count, std::int64_t n) {
  bool good = count <= n && (count == 0 || coordinates[count - 1] < n);
  for (std::int64_t i = 1; i < count; ++i) good &= coordinates[i - 1] < coordinates[i];
  return good;
}

namespace reference {

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint16_t* coordinates) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [x](std::int64_t a, std::int64_t b) { return x[a] != x[b] ? x[a] > x[b] : a > b; });
  std::sort(order.begin(), order.begin() + kept);
  for (std::int64_t i = 0; i < kept; ++i)
    coordinates[i] = static_cast<std::uint16_t>(order[static_cast<std::size_t>(i)]);
}

}  // namespace reference
}  // namespace packrat::kernels
