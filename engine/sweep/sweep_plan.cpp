// What is to be done, before anything is started.
#include <algorithm>

#include "engine/core/error.h"
#include "engine/sweep/sweep.h"
#include "engine/sweep/time_model.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// The run's result; a damaged one counts as none and is written again.
std::optional<StoredRun> find_result(const fs::path& folder) {
  if (!fs::exists(folder / "result.json")) return std::nullopt;
  try {
    return load_run(folder / "result.json");
  } catch (const UserError&) {
    return std::nullopt;
  }
}

}  // namespace

fs::path SweepRun::folder() const {
  return fs::path(planned.config.log_dir) / planned.name();
}

bool SweepRun::has_checkpoint() const {
  return fs::exists(folder() / "checkpoint.safetensors");
}

std::vector<SweepRun> plan_sweep(const std::vector<PlannedRun>& planned, const ForecastFn& forecast) {
  std::vector<SweepRun> runs;
  for (const PlannedRun& plan : planned) {
    SweepRun& run = runs.emplace_back();
    run.planned = plan;
    try {
      run.forecast = forecast(plan.config, plan.given);
      run.result = find_result(run.folder());
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
  for (const SweepRun& run : runs)
    if (run.result) model.learn(*run.result);
  for (SweepRun& run : runs)
    if (run.state != RunState::kUnavailable)
      run.predicted_seconds = model.seconds(run.planned.config, run.forecast);
  return model.heads_learned();
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
