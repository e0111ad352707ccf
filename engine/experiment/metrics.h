#pragma once
#include <string_view>
#include <vector>

namespace packrat {

/// accuracy[i][j]: fraction right on task j's test images after training on tasks 0 .. i; row i has at least
/// i+1 elements.
using AccuracyMatrix = std::vector<std::vector<double>>;

/// A number that sums up the accuracies of all tasks over time.
struct Metric {
  const char* name;     ///< in result.json and as a column of results: "forgetting"
  const char* summary;  ///< one line, with the paper
  double (*of)(const AccuracyMatrix& accuracy);
};

/// The one table of metrics: result.json, tables, the database and exports of results have them all.
const std::vector<Metric>& metrics();

/// The metric of that name. UserError that lists all when there is none.
double metric(std::string_view name, const AccuracyMatrix& accuracy);

}  // namespace packrat
