#include "compressors/transfer_rule.h"

#include <algorithm>
#include <vector>

namespace packrat {
namespace {

constexpr std::int64_t kBatch = 100;

/// The q-quantile of values, by linear interpolation between order statistics. Reorders them.
double quantile(std::vector<float>& values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<std::size_t>(below)];
  if (below + 1 == static_cast<std::ptrdiff_t>(values.size())) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (place - static_cast<double>(below)) * (high - low);
}

}  // namespace

bool is_range(kernels::ValueRange range) {
  return range.lo < range.hi && std::isfinite(range.hi - range.lo);
}

kernels::ValueRange transfer_rule(ConstRows rows) {
  const std::int64_t batch = std::min(kBatch, rows.count);
  double lo = 0, hi = 0;
  for (std::int64_t begin = 0; begin + batch <= rows.count; begin += batch) {
    std::vector<float> values(rows.row(begin), rows.row(begin + batch));
    const double batch_lo = quantile(values, 0.05), batch_hi = quantile(values, 0.95);
    lo = begin == 0 ? batch_lo : std::min(lo, batch_lo);
    hi = begin == 0 ? batch_hi : std::max(hi, batch_hi);
  }
  return {static_cast<float>(lo), static_cast<float>(hi)};
}

}  // namespace packrat
