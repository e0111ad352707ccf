#include "engine/sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/folders.h"
#include "engine/core/interrupt.h"
#include "engine/results/results_database.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr int kTriesWithoutProgress = 3;

/// A sweep while it runs. The order of play is in run().
class Scheduler {
 public:
  Scheduler(const SweepOptions& options, std::vector<SweepRun>& runs, Launcher& launcher,
            const SweepHooks& hooks)
      : options_(options), runs_(runs), launcher_(launcher), hooks_(hooks) {
    for (SweepRun& run : runs_) run_of_name_[run.planned.name] = &run;
  }

  void run() {
    for (const std::string& name : launcher_.adopt()) adopt(name);
    while (count(RunState::kWaiting) + count(RunState::kRunning) > 0) {
      if (stop_requested()) return stop();
      start_waiting();
      follow();
    }
  }

 private:
  void adopt(const std::string& name) {
    const auto it = run_of_name_.find(name);
    if (it != run_of_name_.end()) set_state(*it->second, RunState::kRunning);
  }

  void start_waiting() {
    const std::size_t room = launcher_.room();
    if (room == 0 || count(RunState::kWaiting) == 0) return;
    std::set<std::string> done, begun;  // parts that runs share
    for (const SweepRun& run : runs_) {
      if (run.has_shared_part())
        done.insert(run.shared_part);
      else if (run.state == RunState::kRunning)
        begun.insert(run.shared_part);
    }
    std::vector<Job> jobs;
    for (SweepRun& run : runs_) {
      if (run.state != RunState::kWaiting || jobs.size() >= room) continue;
      const bool shares = !run.shared_part.empty() && done.count(run.shared_part) == 0;
      if (shares && !begun.insert(run.shared_part).second) continue;
      jobs.push_back(job_of(run));
    }
    if (jobs.empty()) return;
    launcher_.start(jobs);
    for (const Job& job : jobs) set_state(*run_of_name_.at(job.name), RunState::kRunning);
  }

  Job job_of(const SweepRun& run) const {
    make_folder(run.folder(), "choose another --out");
    const RunKind& kind = *run.planned.kind;
    std::vector<std::string> command{options_.program.string(), kind.command(), "--resume"};
    for (const std::vector<std::string>& words :
         {kind.words(run.planned), kind.thread_words(options_.threads_per_worker)})
      command.insert(command.end(), words.begin(), words.end());
    return {run.planned.name, command, run.log(), run.folder() / kind.result_file()};
  }

  void follow() {
    for (const JobEnd& end : launcher_.poll())
      if (const auto it = run_of_name_.find(end.name); it != run_of_name_.end()) take(*it->second, end);
    if (hooks_.tick) hooks_.tick(runs_, seconds_left(runs_, launcher_.parallel()));
    const auto until = std::chrono::steady_clock::now() + launcher_.poll_interval();
    while (std::chrono::steady_clock::now() < until && !(stop_requested() && !stopping_))
      std::this_thread::sleep_for(std::min(launcher_.poll_interval(), std::chrono::milliseconds(100)));
  }

  void take(SweepRun& run, const JobEnd& end) {
    if (end.how == JobEnd::How::kDone) return finish(run);
    if (stopping_) return set_state(run, RunState::kWaiting);
    run.note = end.reason;
    if (end.how == JobEnd::How::kLost && may_try_again(run)) return set_state(run, RunState::kWaiting);
    set_state(run, RunState::kFailed);
  }

  void finish(SweepRun& run) {
    try {
      run.result = run.planned.kind->read(run.folder());
    } catch (const UserError& error) {
      run.note = fmt::format("exit code 0, but {}", error.what());
      return set_state(run, RunState::kFailed);
    }
    put_in_database(options_.folder / kDatabaseName, run.result->row);
    set_state(run, RunState::kFinished);
    predict_seconds(runs_);
  }

  bool may_try_again(const SweepRun& run) {
    Tries& tries = tries_[run.planned.name];
    const auto written = run.progress();
    tries.count = written && written != tries.progress ? 1 : tries.count + 1;
    tries.progress = written;
    return tries.count < kTriesWithoutProgress;
  }

  /// Workers write their checkpoints; those that end with a result meanwhile count as finished.
  void stop() {
    stopping_ = true;
    launcher_.stop();
    while (count(RunState::kRunning) > 0) follow();
    throw Interrupted(fmt::format("stopped with {} of {} runs finished; the same command continues",
                                  count(RunState::kFinished), runs_.size()));
  }

  void set_state(SweepRun& run, RunState state) {
    run.state = state;
    run.running_since = Timer();
    if (hooks_.changed) hooks_.changed(run);
  }

  std::ptrdiff_t count(RunState state) const {
    return std::count_if(runs_.begin(), runs_.end(), [&](const SweepRun& run) { return run.state == state; });
  }

  struct Tries {
    int count = 0;
    std::optional<fs::file_time_type> progress;
  };
  const SweepOptions& options_;
  std::vector<SweepRun>& runs_;
  Launcher& launcher_;
  const SweepHooks& hooks_;
  std::map<std::string, SweepRun*> run_of_name_;
  std::map<std::string, Tries> tries_;
  bool stopping_ = false;
};

}  // namespace

void run_sweep(const SweepOptions& options, std::vector<SweepRun>& runs, Launcher& launcher,
               const SweepHooks& hooks) {
  predict_seconds(runs);
  Scheduler(options, runs, launcher, hooks).run();
}

std::vector<std::string> last_lines(const fs::path& log, std::size_t count) {
  std::ifstream in(log);
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    lines.push_back(line);
    if (lines.size() > count) lines.pop_front();
  }
  return {lines.begin(), lines.end()};
}

}  // namespace packrat
