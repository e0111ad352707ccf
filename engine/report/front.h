#pragma once
#include <cstddef>
#include <vector>

namespace packrat {

/// A cost that should be small and a value that should be large: bytes and accuracy.
struct Tradeoff {
  double cost = 0, value = 0;
};

/// Which points no other one beats: less cost and at least its value, or no more cost and a greater value. By
/// rising cost; of points that are equal in both, the first.
std::vector<std::size_t> best_for_cost(const std::vector<Tradeoff>& points);

/// Mean of the value over cost in [low, high], low < high, on a logarithmic scale of the cost: the area under
/// the front, divided by log(high / low). Between two neighbours of the front the value is interpolated
/// linearly in the logarithm of the cost; beyond the last point it stays. Error when the front begins after
/// `low`.
double mean_over_log_cost(const std::vector<Tradeoff>& points, double low, double high);

}  // namespace packrat
