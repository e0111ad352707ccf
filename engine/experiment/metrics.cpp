#include "engine/experiment/metrics.h"

#include <algorithm>
#include <numeric>

namespace packrat {
namespace {

/// Mean over the tasks before the last of `term(task)`; 0 for a single task.
template <typename Term>
double mean_over_earlier_tasks(const AccuracyMatrix& accuracy, Term term) {
  if (accuracy.size() < 2) return 0;
  double sum = 0;
  for (std::size_t j = 0; j + 1 < accuracy.size(); ++j) sum += term(j);
  return sum / static_cast<double>(accuracy.size() - 1);
}

}  // namespace

double average_incremental_accuracy(const AccuracyMatrix& accuracy) {
  double sum = 0;
  for (std::size_t i = 0; i < accuracy.size(); ++i)
    sum +=
        std::accumulate(accuracy[i].begin(), accuracy[i].begin() + static_cast<std::ptrdiff_t>(i) + 1, 0.0) /
        static_cast<double>(i + 1);
  return accuracy.empty() ? 0 : sum / static_cast<double>(accuracy.size());
}

double forgetting(const AccuracyMatrix& accuracy) {
  return mean_over_earlier_tasks(accuracy, [&](std::size_t j) {
    double best = 0;
    for (std::size_t i = j; i + 1 < accuracy.size(); ++i) best = std::max(best, accuracy[i][j]);
    return best - accuracy.back()[j];
  });
}

double backward_transfer(const AccuracyMatrix& accuracy) {
  return mean_over_earlier_tasks(accuracy,
                                 [&](std::size_t j) { return accuracy.back()[j] - accuracy[j][j]; });
}

}  // namespace packrat
