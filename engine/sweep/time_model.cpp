#include "engine/sweep/time_model.h"

#include <algorithm>

namespace packrat {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void TimeModel::learn(const FinishedRun& run) {
  for (const WorkDone& work : run.work) learned_[work.unit].push_back(work.seconds / work.count);
}

double TimeModel::seconds(const RunOutlook& run, bool with_shared) const {
  double all = run.fixed_seconds;
  for (const Work& work : run.work) {
    if (work.shared && !with_shared) continue;
    const auto it = learned_.find(work.unit);
    all += work.count * (it == learned_.end() ? work.shipped_seconds : median(it->second));
  }
  return all;
}

}  // namespace packrat
