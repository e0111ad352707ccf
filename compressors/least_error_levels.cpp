#include "compressors/least_error_levels.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace packrat {
namespace {

constexpr std::size_t kGroups = 4096;
constexpr int kLloydRounds = 100;

/// Running sums over sorted values or groups of them; entry i is over the first i.
struct Sums {
  std::vector<double> weight{0}, first{0}, second{0};
  void add(double w, double x, double x2) {
    weight.push_back(weight.back() + w);
    first.push_back(first.back() + x);
    second.push_back(second.back() + x2);
  }
  double mean(std::size_t begin, std::size_t end) const {
    return (first[end] - first[begin]) / (weight[end] - weight[begin]);
  }
  /// Squared error of [begin, end) about its mean.
  double error(std::size_t begin, std::size_t end) const {
    const double x = first[end] - first[begin];
    return std::max(0.0, second[end] - second[begin] - x * x / (weight[end] - weight[begin]));
  }
  std::size_t size() const { return weight.size() - 1; }
};

/// Sorted values as groups: one a different value, or one a cell of equal width when there are too many.
Sums grouped(const std::vector<float>& sorted) {
  const double lo = sorted.front(), width = (double{sorted.back()} - lo) / static_cast<double>(kGroups);
  std::size_t different = 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) different += sorted[i] != sorted[i - 1];
  const auto same = [&](float a, float b) {
    if (different <= kGroups) return a == b;
    return static_cast<std::int64_t>((a - lo) / width) == static_cast<std::int64_t>((b - lo) / width);
  };
  Sums groups;
  for (std::size_t begin = 0, end; begin < sorted.size(); begin = end) {
    double x = 0, x2 = 0;
    for (end = begin; end < sorted.size() && same(sorted[begin], sorted[end]); ++end) {
      x += sorted[end];
      x2 += double{sorted[end]} * sorted[end];
    }
    groups.add(static_cast<double>(end - begin), x, x2);
  }
  return groups;
}

/// One more cluster: error[j] of the best partition of the first j groups whose last cluster begins at
/// start[j]. The best start never moves back as j grows, so halving finds all of them.
struct Layer {
  const Sums& groups;
  const std::vector<double>& before;
  std::vector<double>& error;
  std::vector<std::uint16_t>& start;

  void solve(std::size_t first, std::size_t last, std::size_t least, std::size_t most) {
    if (first > last) return;
    const std::size_t middle = (first + last) / 2;
    error[middle] = std::numeric_limits<double>::infinity();
    for (std::size_t begin = least; begin <= std::min(most, middle - 1); ++begin) {
      const double sum = before[begin] + groups.error(begin, middle);
      if (sum >= error[middle]) continue;
      error[middle] = sum;
      start[middle] = static_cast<std::uint16_t>(begin);
    }
    if (middle > first) solve(first, middle - 1, least, start[middle]);
    solve(middle + 1, last, start[middle], most);
  }
};

/// Means of the best partition of the groups into `states` clusters.
std::vector<double> best_means(const Sums& groups, std::size_t states) {
  const std::size_t n = groups.size();
  std::vector<std::vector<std::uint16_t>> start(states, std::vector<std::uint16_t>(n + 1, 0));
  std::vector<double> before(n + 1, std::numeric_limits<double>::infinity()), error = before;
  for (std::size_t j = 1; j <= n; ++j) before[j] = groups.error(0, j);
  for (std::size_t k = 1; k < states; ++k) {
    Layer{groups, before, error, start[k]}.solve(k + 1, n, k, n - 1);
    before = error;
  }
  std::vector<double> means(states);
  std::size_t end = n;
  for (std::size_t k = states; k-- > 0; end = start[k][end]) means[k] = groups.mean(start[k][end], end);
  return means;
}

/// Lloyd's iteration: each value to its nearest level, each level to the mean of its values.
void refine(const std::vector<float>& sorted, std::vector<double>& levels) {
  Sums sums;
  for (const float value : sorted) sums.add(1, value, double{value} * value);
  for (int round = 0; round < kLloydRounds; ++round) {
    const std::vector<double> old = levels;
    std::size_t begin = 0;
    for (std::size_t k = 0; k < levels.size(); ++k) {
      std::size_t end = sorted.size();
      if (k + 1 < levels.size())
        end = static_cast<std::size_t>(
            std::lower_bound(sorted.begin(), sorted.end(), (old[k] + old[k + 1]) / 2) - sorted.begin());
      if (end > begin) levels[k] = sums.mean(begin, end);
      begin = end;
    }
    if (levels == old) return;
  }
}

}  // namespace

std::vector<float> least_error_levels(std::vector<float> values, int states) {
  std::sort(values.begin(), values.end());
  const Sums groups = grouped(values);
  std::vector<double> means = best_means(groups, std::min(static_cast<std::size_t>(states), groups.size()));
  refine(values, means);
  std::vector<float> levels(means.begin(), means.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

}  // namespace packrat
