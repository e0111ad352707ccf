#include "engine/report/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// The front's value at a cost no less than its first point's.
double value_at(const std::vector<Tradeoff>& front, double cost) {
  if (cost >= front.back().cost) return front.back().value;
  const auto next = std::upper_bound(front.begin(), front.end(), cost,
                                     [](double c, const Tradeoff& p) { return c < p.cost; });
  const Tradeoff &a = *std::prev(next), &b = *next;
  return a.value + (b.value - a.value) * std::log(cost / a.cost) / std::log(b.cost / a.cost);
}

}  // namespace

std::vector<std::size_t> best_for_cost(const std::vector<Tradeoff>& points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a].cost != points[b].cost ? points[a].cost < points[b].cost
                                            : points[a].value > points[b].value;
  });
  std::vector<std::size_t> front;
  for (const std::size_t at : order)
    if (front.empty() || points[at].value > points[front.back()].value) front.push_back(at);
  return front;
}

double mean_over_log_cost(const std::vector<Tradeoff>& points, double low, double high) {
  std::vector<Tradeoff> front;
  for (const std::size_t at : best_for_cost(points)) front.push_back(points[at]);
  if (front.empty() || front[0].cost > low || !(low > 0) || !(low < high))
    throw Error(fmt::format("no area between {} and {}: the front has no point at the lower end", low, high));
  std::vector<double> costs{low};
  for (const Tradeoff& p : front)
    if (p.cost > low && p.cost < high) costs.push_back(p.cost);
  costs.push_back(high);
  double area = 0;
  for (std::size_t i = 1; i < costs.size(); ++i)
    area +=
        (value_at(front, costs[i - 1]) + value_at(front, costs[i])) / 2 * std::log(costs[i] / costs[i - 1]);
  return area / std::log(high / low);
}

}  // namespace packrat
