#include "compressors/least_error_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/level_codes.h"

namespace packrat {
namespace {

constexpr double kTails[] = {0, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3};

template <class CodeOf>
double squared_error(const std::vector<float>& values, const float* levels, const CodeOf& code_of) {
  double sum = 0;
  for (const float value : values) {
    const double difference = static_cast<double>(value) - levels[code_of(value)];
    sum += difference * difference;
  }
  return sum;
}

double squared_error(const std::vector<float>& values, kernels::ValueRange range, int states,
                     bool zero_exact) {
  float levels[1 << kernels::kMaxWidth];
  if (zero_exact) {
    const kernels::ZeroQuantizer q = kernels::make_zero_quantizer(range.hi, states);
    kernels::fill_zero_levels(q, levels);
    return squared_error(values, levels, [&](float value) { return kernels::zero_code(q, value); });
  }
  const kernels::UniformQuantizer q = kernels::make_uniform_quantizer(range.lo, range.hi, states);
  kernels::fill_levels(q, levels);
  return squared_error(values, levels, [&](float value) { return kernels::uniform_code(q, value); });
}

}  // namespace

std::vector<float> sample_values(ConstRows rows, std::int64_t first, std::int64_t last, std::int64_t most,
                                 Rng& rng) {
  const std::int64_t columns = last - first, total = rows.count * columns;
  const auto value = [&](std::int64_t i) { return rows.row(i / columns)[first + i % columns]; };
  std::vector<float> values(static_cast<std::size_t>(std::min(total, most)));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] =
        value(total <= most ? static_cast<std::int64_t>(i)
                            : static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(total))));
  return values;
}

kernels::ValueRange least_error_range(std::vector<float> values, int states, bool zero_exact) {
  std::sort(values.begin(), values.end());
  kernels::ValueRange best{};
  double least = std::numeric_limits<double>::infinity();
  for (const double tail : kTails) {
    const auto cut = static_cast<std::size_t>(tail * static_cast<double>(values.size() - 1));
    kernels::ValueRange range{values[cut] + 0.0f, values[values.size() - 1 - cut] + 0.0f};
    if (zero_exact) range = {0, std::max(range.hi, 0.0f)};
    if (!std::isfinite(range.hi - range.lo)) continue;
    const double error = squared_error(values, range, states, zero_exact);
    if (error < least) best = range;
    least = std::min(least, error);
  }
  return best;
}

}  // namespace packrat
