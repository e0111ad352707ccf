#include "engine/experiment/metrics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "engine/core/error.h"

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

double average_incremental_accuracy(const AccuracyMatrix& accuracy) {
  double sum = 0;
  for (std::size_t i = 0; i < accuracy.size(); ++i)
    sum +=
        std::accumulate(accuracy[i].begin(), accuracy[i].begin() + static_cast<std::ptrdiff_t>(i) + 1, 0.0) /
        static_cast<double>(i + 1);
  return accuracy.empty() ? 0 : sum / static_cast<double>(accuracy.size());
}

/// With T tasks: mean over j < T-1 of max over i in [j, T-2] of a[i][j], minus a[T-1][j].
double forgetting(const AccuracyMatrix& accuracy) {
  return mean_over_earlier_tasks(accuracy, [&](std::size_t j) {
    double best = 0;
    for (std::size_t i = j; i + 1 < accuracy.size(); ++i) best = std::max(best, accuracy[i][j]);
    return best - accuracy.back()[j];
  });
}

/// Mean over j < T-1 of a[T-1][j] - a[j][j].
double backward_transfer(const AccuracyMatrix& accuracy) {
  return mean_over_earlier_tasks(accuracy,
                                 [&](std::size_t j) { return accuracy.back()[j] - accuracy[j][j]; });
}

/// Mean over j of a[j][j].
double learning_accuracy(const AccuracyMatrix& accuracy) {
  double sum = 0;
  for (std::size_t j = 0; j < accuracy.size(); ++j) sum += accuracy[j][j];
  return accuracy.empty() ? 0 : sum / static_cast<double>(accuracy.size());
}

/// With T tasks: a[T-1][T-1] / T + (1 - 1/T) times the mean over j < T-1 of min over i > j of a[i][j].
double worst_case_accuracy(const AccuracyMatrix& accuracy) {
  if (accuracy.empty()) return 0;
  const double lowest = mean_over_earlier_tasks(accuracy, [&](std::size_t j) {
    double least = 1;
    for (std::size_t i = j + 1; i < accuracy.size(); ++i) least = std::min(least, accuracy[i][j]);
    return least;
  });
  const double share = 1 / static_cast<double>(accuracy.size());
  return share * accuracy.back()[accuracy.size() - 1] + (1 - share) * lowest;
}

}  // namespace

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> table{
      {"average_incremental_accuracy",
       "mean over time of the mean accuracy on the tasks seen (iCaRL; Rebuffi et al., CVPR 2017)",
       average_incremental_accuracy},
      {"forgetting", "mean loss of earlier tasks against their best accuracy (Chaudhry et al., ECCV 2018)",
       forgetting},
      {"backward_transfer",
       "mean change of earlier tasks since each was new (GEM; Lopez-Paz and Ranzato, NIPS 2017)",
       backward_transfer},
      {"learning_accuracy",
       "mean accuracy of each task when it was new: plasticity (MER; Riemer et al., ICLR 2019)",
       learning_accuracy},
      {"worst_case_accuracy",
       "last task's accuracy and the lowest that earlier ones fell to (De Lange et al., ICLR 2023)",
       worst_case_accuracy},
  };
  return table;
}

double metric(std::string_view name, const AccuracyMatrix& accuracy) {
  std::vector<std::string_view> names;
  for (const Metric& row : metrics()) {
    if (row.name == name) return row.of(accuracy);
    names.emplace_back(row.name);
  }
  throw UserError(fmt::format("metric '{}' is unknown: choose from {}", name, fmt::join(names, ", ")));
}

}  // namespace packrat
