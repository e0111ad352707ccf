#include "engine/sweep/sweep.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/results/results_database.h"
#include "engine/results/results_store.h"
#include "engine/sweep/local_launcher.h"
#include "engine/sweep/sweep_lock.h"
#include "tests/sweep/fake_worker.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

RunOutlook no_outlook(const PlannedRun& run) {
  if (run.options.count("num_passes") > 0 && run.options.at("num_passes") == "99")
    throw UserError("99 passes are not available");
  return {};
}

std::vector<std::string> lines_of(const fs::path& file) {
  return last_lines(file, 1000);
}

class Sweep : public ::testing::Test {
 protected:
  std::vector<SweepRun> plan(const std::string& grid, const std::string& folder = "runs") const {
    return plan_sweep(expand(parse_grid("memory_size = 10\n" + grid, "grid"), folder_ / folder), no_outlook);
  }
  void run(std::vector<SweepRun>& runs, std::size_t workers, const SweepHooks& hooks = {}) const {
    LocalLauncher launcher(workers);
    run_sweep({runs.at(0).planned.parent, program_, 3}, runs, launcher, hooks);
  }

  testing_data::TempFolder folder_;
  fs::path runs_ = folder_ / "runs";
  fs::path program_ = write_fake_worker(folder_.path());
};

TEST_F(Sweep, DoesEveryRunAndPutsItIntoTheDatabase) {
  auto runs = plan("seed = [1, 2, 3]");
  std::size_t finished = 0;
  std::ptrdiff_t most_at_once = 0;
  const auto count_finished = [&](const SweepRun& changed) {
    finished += changed.state == RunState::kFinished ? 1 : 0;
  };
  const auto count_running = [&](const std::vector<SweepRun>& all, double left) {
    EXPECT_GE(left, 0);
    most_at_once = std::max(most_at_once, std::count_if(all.begin(), all.end(), [](const SweepRun& r) {
                              return r.state == RunState::kRunning;
                            }));
  };
  run(runs, 2, {count_finished, count_running});
  EXPECT_EQ(finished, 3u);
  EXPECT_EQ(most_at_once, 2);
  for (const SweepRun& done : runs) {
    EXPECT_EQ(done.state, RunState::kFinished);
    EXPECT_EQ(done.result->summary, "final " + done.planned.options.at("seed") + "0.00 %");
    EXPECT_THAT(lines_of(done.folder() / "starts"), ElementsAre("0 3"));
    EXPECT_THAT(lines_of(done.log()), ElementsAre(HasSubstr("run --resume --seed")));
  }
  EXPECT_THAT(load_runs(runs_), SizeIs(3));
  EXPECT_TRUE(fs::exists(runs_ / kDatabaseName));
}

TEST_F(Sweep, SkipsWhatIsFinishedAndWhatIsNotAvailable) {
  auto first = plan("seed = [1, 2]");
  run(first, 2);
  auto second = plan("seed = [1, 2, 3]\nnum_passes = [128, 99]");
  const auto count = [&](RunState state) {
    return std::count_if(second.begin(), second.end(), [&](const SweepRun& r) { return r.state == state; });
  };
  EXPECT_EQ(count(RunState::kFinished), 2);
  EXPECT_EQ(count(RunState::kUnavailable), 3);
  run(second, 1);
  EXPECT_EQ(count(RunState::kFinished), 3);
  for (const SweepRun& done : second) {
    if (done.state == RunState::kUnavailable) {
      EXPECT_EQ(done.note, "99 passes are not available");
      EXPECT_FALSE(fs::exists(done.folder()));
    } else {
      EXPECT_THAT(lines_of(done.folder() / "starts"), SizeIs(1)) << done.planned.name;
    }
  }
}

TEST_F(Sweep, AFailedRunSaysWhyAndDoesNotStopTheOthers) {
  auto runs = plan("seed = [13, 14, 1]");
  run(runs, 1);
  EXPECT_EQ(runs[0].state, RunState::kFailed);
  EXPECT_EQ(runs[0].note, "exit code 2");
  EXPECT_THAT(last_lines(runs[0].log(), 2), ElementsAre("a first line", "packrat: it cannot be done"));
  EXPECT_EQ(runs[1].state, RunState::kFailed);
  EXPECT_THAT(runs[1].note, HasSubstr("exit code 0, but cannot read"));
  EXPECT_EQ(runs[2].state, RunState::kFinished);
  EXPECT_EQ(plan("seed = [13, 14, 1]")[0].state, RunState::kWaiting) << "a failed run is tried again";
}

TEST_F(Sweep, AProgramThatCannotBeStartedFailsTheRun) {
  auto runs = plan("seed = 1");
  LocalLauncher launcher(1);
  run_sweep({runs_, folder_ / "no_such_program", 1}, runs, launcher, {});
  EXPECT_EQ(runs[0].state, RunState::kFailed);
  EXPECT_EQ(runs[0].note, "the program could not be started");
}

TEST_F(Sweep, AResultThatIsDamagedIsMadeAgain) {
  testing_data::write_text(plan("seed = 1")[0].folder() / "result.json", "{");
  auto runs = plan("seed = 1");
  EXPECT_EQ(runs[0].state, RunState::kWaiting);
  run(runs, 1);
  EXPECT_EQ(runs[0].state, RunState::kFinished);
}

TEST_F(Sweep, WhenStoppedWorkersKeepTheirCheckpointsAndTheNextSweepGoesOnFromThem) {
  auto runs = plan("seed = [1, 2, 3]");
  const SweepHooks stop_soon{{}, [](const std::vector<SweepRun>& all, double) {
                               if (all[0].progress().has_value() && all[1].progress().has_value())
                                 stop_requested() = true;
                             }};
  EXPECT_THROW(run(runs, 2, stop_soon), Interrupted);
  stop_requested() = false;
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(runs[i].state, RunState::kWaiting);
    EXPECT_TRUE(runs[i].progress().has_value());
    EXPECT_THAT(last_lines(runs[i].log(), 1), ElementsAre(HasSubstr("stopped at")));
  }
  auto again = plan("seed = [1, 2, 3]");
  run(again, 2);
  for (const SweepRun& done : again) EXPECT_EQ(done.state, RunState::kFinished);
  const auto starts = lines_of(again[0].folder() / "starts");
  ASSERT_THAT(starts, SizeIs(2));
  EXPECT_NE(starts[1], "0 3") << "it began again instead of continuing";
}

void wait_for_a_checkpoint(const std::vector<SweepRun>& runs) {
  for (int tries = 0; tries < 500; ++tries) {
    if (std::any_of(runs.begin(), runs.end(), [](const SweepRun& run) { return run.progress().has_value(); }))
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "no run wrote a checkpoint";
}

std::vector<std::string> result_files(const std::vector<SweepRun>& runs) {
  std::vector<std::string> texts;
  for (const SweepRun& run : runs) texts.push_back(read_text(run.folder() / "result.json"));
  return texts;
}

TEST_F(Sweep, KilledAtAnyMomentAndStartedAgainItEndsWithTheSameResults) {
  const std::string grid = "seed = [1, 2, 3, 4]";
  auto undisturbed = plan(grid, "undisturbed");
  run(undisturbed, 2);
  for (int kills = 0; kills < 3; ++kills) {
    const pid_t sweep = ::fork();
    if (sweep == 0) {
      const SweepLock lock(runs_, {});
      auto runs = plan(grid);
      run(runs, 2);
      ::_exit(0);
    }
    wait_for_a_checkpoint(plan(grid));
    std::this_thread::sleep_for(std::chrono::milliseconds(100 * kills));
    ::kill(sweep, SIGKILL);
    ::waitpid(sweep, nullptr, 0);
  }
  const SweepLock lock(runs_, {});  // waits for the killed sweep's workers
  auto runs = plan(grid);
  run(runs, 2);
  EXPECT_EQ(result_files(runs), result_files(undisturbed));
  const auto starts = lines_of(runs[0].folder() / "starts");
  ASSERT_GE(starts.size(), 2u);
  EXPECT_NE(starts.back(), "0 3") << "it began again instead of continuing";
}

/// A cluster that loses its task a given number of times.
class LosingLauncher : public Launcher {
 public:
  LosingLauncher(int losses, bool progress) : losses_(losses), progress_(progress) {}
  std::size_t room() const override { return 1; }
  std::size_t parallel() const override { return 1; }
  void start(const std::vector<Job>& jobs) override {
    job_ = jobs.at(0);
    ++starts;
  }
  std::vector<JobEnd> poll() override {
    if (starts > losses_) {
      testing_data::write_text(job_.result,
                               R"({"exp_name": "x", "config": {"dataset": "D", "encoder": "none"},
                                                "accuracy": {}})");
      return {{job_.name, JobEnd::How::kDone, ""}};
    }
    if (progress_ || starts == 1) write_newer_checkpoint();
    return {{job_.name, JobEnd::How::kLost, "node failure"}};
  }
  void stop() override {}
  std::chrono::milliseconds poll_interval() const override { return std::chrono::milliseconds(1); }
  int starts = 0;

 private:
  void write_newer_checkpoint() const {
    const fs::path checkpoint = job_.result.parent_path() / "checkpoint.safetensors";
    testing_data::write_text(checkpoint, "x");
    fs::last_write_time(checkpoint, fs::file_time_type::clock::now() + std::chrono::seconds(starts));
  }
  int losses_;
  bool progress_;
  Job job_;
};

TEST_F(Sweep, ALostRunIsStartedAgainAsLongAsItsCheckpointsGetNewer) {
  auto runs = plan("seed = 1");
  LosingLauncher launcher(10, true);
  run_sweep({runs_, program_, 1}, runs, launcher, {});
  EXPECT_EQ(runs[0].state, RunState::kFinished);
  EXPECT_EQ(launcher.starts, 11);
}

TEST_F(Sweep, ALostRunThatDoesNotGetOnIsGivenUp) {
  auto runs = plan("seed = 1");
  LosingLauncher launcher(10, false);
  run_sweep({runs_, program_, 1}, runs, launcher, {});
  EXPECT_EQ(runs[0].state, RunState::kFailed);
  EXPECT_EQ(runs[0].note, "node failure");
  EXPECT_EQ(launcher.starts, 3) << "one that made progress, and two more";
}

TEST_F(Sweep, RemainingTimeIsSharedAmongTheWorkers) {
  auto runs = plan("seed = [1, 2, 3, 4]");
  for (SweepRun& planned : runs) planned.predicted_seconds = 10;
  runs[3].state = RunState::kFinished;
  EXPECT_DOUBLE_EQ(seconds_left(runs, 1), 30);
  EXPECT_DOUBLE_EQ(seconds_left(runs, 2), 15);
  EXPECT_DOUBLE_EQ(seconds_left(runs, 16), 10) << "no run is done sooner than it takes";
}

}  // namespace
}  // namespace packrat
