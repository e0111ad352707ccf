// What is to be done, before anything is started.
#include <algorithm>
#include <set>

#include "engine/core/error.h"
#include "engine/sweep/sweep.h"
#include "engine/sweep/time_model.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// The run's result; a damaged one counts as none and is written again.
std::optional<FinishedRun> find_result(const PlannedRun& run) {
  if (!fs::exists(run.folder() / run.kind->result_file())) return std::nullopt;
  try {
    return run.kind->read(run.folder());
  } catch (const UserError&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<fs::file_time_type> SweepRun::progress() const {
  std::optional<fs::file_time_type> newest;
  for (const std::string& name : planned.kind->progress_files()) {
    std::error_code missing;
    const auto written = fs::last_write_time(folder() / name, missing);
    if (!missing && (!newest || written > *newest)) newest = written;
  }
  return newest;
}

bool SweepRun::has_shared_part() const {
  return !shared_part.empty() && fs::exists(folder() / planned.kind->shared_part_file());
}

std::vector<SweepRun> plan_sweep(const std::vector<PlannedRun>& planned, const OutlookFn& outlook) {
  std::vector<SweepRun> runs;
  for (const PlannedRun& plan : planned) {
    SweepRun& run = runs.emplace_back();
    run.planned = plan;
    try {
      run.outlook = outlook(plan);
      run.shared_part = plan.kind->shared_part(plan);
      run.result = find_result(plan);
      if (run.result) run.state = RunState::kFinished;
    } catch (const UserError& refusal) {
      run.state = RunState::kUnavailable;
      run.note = refusal.what();
    }
  }
  return runs;
}

std::size_t predict_seconds(std::vector<SweepRun>& runs) {
  TimeModel model;
  std::set<std::string> shared;  // parts that are done, or counted
  for (const SweepRun& run : runs) {
    if (run.result) model.learn(*run.result);
    if (run.has_shared_part()) shared.insert(run.shared_part);
  }
  for (SweepRun& run : runs) {
    if (run.state == RunState::kUnavailable) continue;
    const bool first = run.shared_part.empty() || shared.insert(run.shared_part).second;
    run.predicted_seconds = model.seconds(run.outlook, first);
  }
  return model.units_learned();
}

double seconds_left(const std::vector<SweepRun>& runs, std::size_t workers) {
  double all = 0, longest = 0;
  for (const SweepRun& run : runs) {
    double seconds = run.state == RunState::kWaiting ? run.predicted_seconds : 0;
    if (run.state == RunState::kRunning)
      seconds = std::max(0.0, run.predicted_seconds - run.running_since.seconds());
    all += seconds;
    longest = std::max(longest, seconds);
  }
  return std::max(longest, all / static_cast<double>(std::max<std::size_t>(workers, 1)));
}

}  // namespace packrat
