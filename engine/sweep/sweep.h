#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/timer.h"
#include "engine/sweep/grid.h"
#include "engine/sweep/launcher.h"

namespace packrat {

enum class RunState {
  kUnavailable,  ///< the program refuses it; `note` says why
  kWaiting,
  kRunning,
  kFinished,
  kFailed  ///< `note` says why
};

/// One run of a sweep, and how far it is.
struct SweepRun {
  PlannedRun planned;
  std::string shared_part;       ///< RunKind::shared_part()
  RunOutlook outlook;            ///< empty when unavailable
  double predicted_seconds = 0;  ///< on one worker
  RunState state = RunState::kWaiting;
  std::string note;
  std::optional<FinishedRun> result;  ///< of a finished run
  Timer running_since;                ///< while it runs

  std::filesystem::path folder() const { return planned.folder(); }
  /// What its worker prints.
  std::filesystem::path log() const { return folder() / "worker.log"; }
  /// When the newest of its RunKind::progress_files() was written; nothing when there is none.
  std::optional<std::filesystem::file_time_type> progress() const;
  /// Whether the part that it shares with others was done by this one.
  bool has_shared_part() const;
};

/// What can be said of a run before it starts. UserError when the program refuses it.
using OutlookFn = std::function<RunOutlook(const PlannedRun&)>;

/// Looks at every run: whether the program can do it, what it will cost, and whether its result is there.
std::vector<SweepRun> plan_sweep(const std::vector<PlannedRun>& runs, const OutlookFn& outlook);

/// Predicts the seconds of every run from the finished ones; returns for how many kinds of work they gave
/// figures (see TimeModel). Work that runs share is counted for the first that has it to do.
std::size_t predict_seconds(std::vector<SweepRun>& runs);

/// Seconds that the waiting and running runs will take on that many workers.
double seconds_left(const std::vector<SweepRun>& runs, std::size_t workers);

/// How a sweep tells of itself; any of them may be empty.
struct SweepHooks {
  std::function<void(const SweepRun&)> changed;  ///< a run started, finished, failed, or was put back
  std::function<void(const std::vector<SweepRun>&, double seconds_left)> tick;  ///< several times a second
};

struct SweepOptions {
  std::filesystem::path folder;   ///< where runs and results.db are
  std::filesystem::path program;  ///< that does the runs
  int threads_per_worker = 1;
};

/// Starts a worker for every waiting run and follows them until none is left. Of runs that share a part which
/// is not done, one is started, and the others once that part is done, or its run has ended. A finished run's
/// row is put into results.db; a failed one does not stop the others; a lost one (JobEnd) is started again,
/// up to three times in a row without a newer checkpoint. When stop_requested(), the workers write
/// checkpoints and end, and Interrupted is thrown.
void run_sweep(const SweepOptions& options, std::vector<SweepRun>& runs, Launcher& launcher,
               const SweepHooks& hooks);

/// The last lines that are not blank, of at most `count`: what a failed worker said, or what one at work
/// says.
std::vector<std::string> last_lines(const std::filesystem::path& log, std::size_t count);

}  // namespace packrat
