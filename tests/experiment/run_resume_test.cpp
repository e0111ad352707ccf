#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "engine/core/interrupt.h"
#include "engine/experiment/recipe.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

class RunResumeTest : public SmallRuns {};

/// Asks for a stop a little after the given number of progress calls: between passes, or in the middle of
/// one.
class StopSoon {
 public:
  StopSoon(std::uint64_t calls, std::chrono::microseconds delay) : calls_left_(calls), delay_(delay) {}
  ~StopSoon() {
    if (clock_.joinable()) clock_.join();
    stop_requested() = false;
  }
  StopSoon(const StopSoon&) = delete;
  StopSoon& operator=(const StopSoon&) = delete;
  void operator()() {
    if (--calls_left_ != 0) return;
    if (delay_.count() == 0) stop_requested() = true;
    clock_ = std::thread([delay = delay_] {
      std::this_thread::sleep_for(delay);
      stop_requested() = true;
    });
  }

 private:
  std::uint64_t calls_left_;
  std::chrono::microseconds delay_;
  std::thread clock_;
};

/// Runs to the end, stopped again and again at random moments, later and later ones. Returns the result and
/// how often it was stopped.
std::pair<RunRecord, int> stopped_and_resumed(const RunConfig& c, Rng rng) {
  for (int stops = 0;; ++stops) {
    const std::uint64_t calls = 1 + rng.below(6 + 3 * static_cast<std::uint64_t>(stops));
    StopSoon stop(calls, std::chrono::microseconds(rng.below(2) == 0 ? 0 : rng.below(5000)));
    RunHooks hooks;
    hooks.progress = [&](std::string_view, std::int64_t, std::int64_t) { stop(); };
    try {
      return {run_experiment(c, /*resume=*/stops > 0, hooks), stops};
    } catch (const Interrupted&) {
      continue;
    }
  }
}

TEST_F(RunResumeTest, StoppedAtRandomAndResumedItEndsWithTheSameFiguresAndTheSameBytes) {
  for (const auto& [eval_tasks, recipe] :
       {std::pair{false, "published"}, {true, "published"}, {true, "fast"}}) {
    RunConfig whole = config("whole"), stopped = config("stopped");
    whole.eval_tasks = stopped.eval_tasks = eval_tasks;
    whole.num_passes = stopped.num_passes = 8;
    whole.recipe = stopped.recipe = recipe;
    for (RunConfig* const c : {&whole, &stopped}) apply_recipe(*c, {"num_passes"});
    whole.hidden = stopped.hidden = 32;
    // The model file holds the options, so that both write to the same place in turn.
    whole.save_model = stopped.save_model = (*world_ / "model.safetensors").string();
    whole.save_buffer = stopped.save_buffer = (*world_ / "buffer").string();
    whole.exp_name = stopped.exp_name =
        std::string("interruption-") + recipe + (eval_tasks ? "-by-task" : "");
    const auto expected = figures(run_experiment(whole, false, {}));
    const std::string model = sha256_of_file(whole.save_model), buffer = sha256_of_file(whole.save_buffer);
    int stops = 0;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE(::testing::Message()
                   << "seed " << seed << ", " << recipe << (eval_tasks ? ", --eval_tasks" : ""));
      std::filesystem::remove(stopped.save_model);
      std::filesystem::remove(stopped.save_buffer);
      const auto [record, times] = stopped_and_resumed(stopped, Rng(seed));
      stops += times;
      EXPECT_EQ(figures(record), expected);
      EXPECT_EQ(sha256_of_file(stopped.save_model), model);
      EXPECT_EQ(sha256_of_file(stopped.save_buffer), buffer);
      EXPECT_FALSE(std::filesystem::exists(RunFolder(stopped).checkpoint));
    }
    EXPECT_GE(stops, 3) << "the runs were hardly stopped at all";
  }
}

TEST_F(RunResumeTest, ResumingWithoutACheckpointStartsFromTheBeginningAndSaysSo) {
  std::string notes;
  RunHooks hooks;
  hooks.note = [&](const std::string& line) { notes += line + "\n"; };
  const RunRecord record = run_experiment(config("never started"), true, hooks);
  EXPECT_THAT(notes, HasSubstr("no checkpoint"));
  EXPECT_EQ(figures(record), figures(run_experiment(config("started"), false, {})));
}

TEST_F(RunResumeTest, ACheckpointOfAnotherBufferIsRefused) {
  const RunConfig c = config("exchanged");
  RunHooks hooks;
  hooks.progress = [](std::string_view phase, std::int64_t, std::int64_t) {
    if (phase == "train") stop_requested() = true;
  };
  EXPECT_THROW(run_experiment(c, false, hooks), Interrupted);
  stop_requested() = false;
  ASSERT_TRUE(std::filesystem::exists(RunFolder(c).checkpoint));
  const testing_data::TempFolder other;
  testing_data::write_small_dataset(find_dataset("cifar10"), other.path(), SmallWorld::kTestImages, 99);
  RunConfig moved = c;
  moved.data_dir = other.path().string();
  EXPECT_THAT(user_error([&] { run_experiment(moved, true, {}); }),
              AllOf(HasSubstr("another replay buffer"), HasSubstr("without --resume")));
  EXPECT_NO_THROW(run_experiment(c, true, {}));
}

}  // namespace
}  // namespace packrat
