// Sweeps of `packrat sparsify`: grids, presets, options, predicted times, shared dense networks.
#include <gmock/gmock.h>

#include <set>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/results/results_database.h"
#include "engine/studies/sparsify/sparsify_kind.h"
#include "engine/studies/sparsify/sparsify_options.h"
#include "engine/studies/sparsify/sparsify_presets.h"
#include "engine/studies/sparsify/stored_sparsification.h"
#include "engine/sweep/grid.h"
#include "engine/sweep/launcher.h"
#include "engine/sweep/sweep.h"
#include "engine/sweep/time_model.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"
#include "tests/studies/sparsify/example_sparsifications.h"
#include "tests/support/option_lists.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing_data::user_error;

class AddedSweeps : public ::testing::Environment {
  void SetUp() override { add_sparsify_sweeps(); }
};
const auto* const kAdded = ::testing::AddGlobalTestEnvironment(new AddedSweeps);

std::vector<PlannedRun> runs_of(const std::string& preset) {
  return expand(parse_grid(find_preset(preset)->text, preset), "out");
}

std::vector<std::string> names(const std::string& grid) {
  std::vector<std::string> all;
  for (const PlannedRun& run : expand(parse_grid(grid, "grid"), "out")) all.push_back(run.name);
  return all;
}

TEST(SparsifySweepsAreAdded, OnceHoweverOften) {
  const std::size_t kinds = run_kinds().size(), count = presets().size();
  add_sparsify_sweeps();
  EXPECT_EQ(run_kinds().size(), kinds);
  EXPECT_EQ(presets().size(), count);
  EXPECT_EQ(&find_run_kind("sparsify"), &sparsify_kind());
}

TEST(SparsifyGrids, AreNamedByWhatTheyVary) {
  EXPECT_THAT(names(R"(command = "sparsify"
                       C = [0.047, 1]
                       early_stop = ["none", "sparsify,fine-tune"]
                       complex = [false, true]
                       [[exclude]]
                       C = 1.0
                       complex = true)"),
              ElementsAre("simpleconv-fashion-mnist-vd-C0.047-seed0",
                          "simpleconv-fashion-mnist-vd-C0.047-seed0_early_stop-sparsify-fine-tune",
                          "simpleconv-fashion-mnist-vd-C1-seed0",
                          "simpleconv-fashion-mnist-vd-C1-seed0_early_stop-sparsify-fine-tune",
                          "simpleconv-fashion-mnist-complex-vd-C0.047-seed0",
                          "simpleconv-fashion-mnist-complex-vd-C0.047-seed0_early_stop-sparsify-fine-tune"));
}

TEST(SparsifyGrids, EveryMistakeNamesItsPlace) {
  struct Case {
    const char *text, *message;
  };
  for (const Case& c : {
           Case{"command = \"sparsify\"\nmemory_size = 4",
                "grid:2: memory_size: unknown option of `packrat sparsify`"},
           Case{"command = \"sparsify\"\nearly_stop = \"prune\"", "stage 'prune' is not known"},
           Case{"command = \"sparsify\"\nC = \"much\"", "--C is 'much', but needs a value like 0.047"},
           Case{"command = \"fit\"", "`packrat fit` cannot be swept: choose run or sparsify"},
       })
    EXPECT_THAT(user_error([&] { parse_grid(c.text, "grid"); }), HasSubstr(c.message)) << c.text;
}

TEST(SparsifyPresets, HaveTheirNumberOfRuns) {
  EXPECT_THAT(runs_of("sparsify-fashion"), SizeIs(3 * 2 * 4));     // networks, methods, C
  EXPECT_THAT(runs_of("sparsify-early-stop"), SizeIs(2 * 6 * 3));  // methods, C, seeds
}

TEST(SparsifyPresets, ShareOneDenseNetworkForEachNetworkAndSeed) {
  const auto dense_networks = [](const std::string& preset) {
    std::set<std::string> parts;
    for (const PlannedRun& run : runs_of(preset)) {
      EXPECT_NO_THROW(check_recipe(sparsify_config(run).recipe)) << run.name;
      parts.insert(run.kind->shared_part(run));
    }
    return parts.size();
  };
  EXPECT_EQ(dense_networks("sparsify-fashion"), 3u);
  EXPECT_EQ(dense_networks("sparsify-early-stop"), 3u);
}

TEST(SparsifyOptionTables, AreTheOnlyListsOfNames) {
  std::set<std::string> names;
  for (const SparsifyOption& option : sparsify_options()) names.insert(option.name);
  EXPECT_THAT(longest_list(R"({{"C", 1}, {"lr", 2}, {"seed", 3}, {"threshold", 4}})", names), SizeIs(4));
  expect_no_lists_of(names);
}

TEST(SparsifyOptionTables, DefaultsAreInRangeAndGridsMaySetAll) {
  EXPECT_NO_THROW(check_recipe({}));
  for (const GridOption& option : sparsify_kind().options()) EXPECT_FALSE(option.set_by_sweep) << option.name;
}

// What earlier versions wrote: runs that are finished are found by these names and texts.
TEST(SparsifyOptionTables, TheTextOfASparsificationIsWhatItAlwaysWas) {
  SparsifyRecipe recipe;
  recipe.early_stop[1] = true;
  EXPECT_EQ(
      recipe_text(recipe, SparsifyStage::kFineTune, "made up"),
      "data = made up\nmodel = simpleconv\nweights = real\nschedule = trabelsi\nlr = 0.001\nclip_norm = "
      "0.5\nbatch_size = 128\nseed = 0\ndense epochs = 40\nsparsify epochs = 75\nsparsify early stop = "
      "patience 20, cooldown 0, rtol 0, atol 0.02\nmethod = vd\nC = 0.047\nkl_scale = 0\nfine-tune epochs = "
      "40\nthreshold = -0.5\n");
}

// The example's epochs of 10 000 images take 2 s each in every stage: 40, 75 and 21 of them were trained.
TEST(SparsifyTimes, ScaleTheEpochsOfFinishedOnes) {
  const testing_data::TempFolder folder;
  write_sparsification(folder / "run");
  TimeModel model;
  model.learn(sparsify_kind().read(folder / "run"));
  EXPECT_EQ(model.units_learned(), 3u);
  SparsifyConfig config;
  const double all = model.seconds(outlook_of(config));
  EXPECT_NEAR(all - model.seconds(outlook_of(config), /*with_shared=*/false), 40 * 2.0, 1e-9)
      << "the dense network is shared";
  config.train_images = 20000;
  EXPECT_NEAR(model.seconds(outlook_of(config)) - all, (40 + 75 + 40) * 2.0, 1e-9);
}

TEST(SparsifyResults, AreATableOfTheirOwnInADatabase) {
  const testing_data::TempFolder folder;
  write_sparsification(folder / "s");
  const auto runs = load_sparsifications(folder.path());
  rebuild_database(folder / "results.db", {result_table(runs)});
  EXPECT_GT(fs::file_size(folder / "results.db"), 0u);
  EXPECT_THAT(
      select_rows(result_table(runs),
                  "name = 's' and method = 'vd' and complex = 0 and C = 0.047 and compression = 20", ""),
      SizeIs(1));
}

class SparsifySweeps : public ::testing::Test {
 protected:
  testing_data::TempFolder folder_;
  fs::path runs_ = folder_ / "runs", program_ = folder_ / "packrat";
};

/// Workers of sparsifications, two at a time: one writes dense.json when `dense_done` is set, and ends the
/// round after.
class SharedPartLauncher : public Launcher {
 public:
  std::size_t room() const override { return 2 - jobs_.size(); }
  std::size_t parallel() const override { return 2; }
  void start(const std::vector<Job>& jobs) override {
    for (const Job& job : jobs) {
      jobs_.push_back(job);
      order.push_back(job.name);
      commands.push_back(job.command);
    }
    most_at_once = std::max(most_at_once, jobs_.size());
    if (polls_ < kDensePolls) most_before_dense = std::max(most_before_dense, jobs_.size());
  }
  std::vector<JobEnd> poll() override {
    if (++polls_ < kDensePolls) return {};
    if (polls_ == kDensePolls) {
      testing_data::write_text(jobs_.at(0).result.parent_path() / "dense.json", "{}");
      return {};
    }
    std::vector<JobEnd> ends;
    for (const Job& job : jobs_) {
      write_sparsification(job.result.parent_path());
      ends.push_back({job.name, JobEnd::How::kDone, ""});
    }
    if (polls_ > kDensePolls + 1) {
      jobs_.clear();
      return ends;
    }
    return {};
  }
  void stop() override {}
  std::chrono::milliseconds poll_interval() const override { return std::chrono::milliseconds(1); }

  std::vector<std::string> order;
  std::vector<std::vector<std::string>> commands;
  std::size_t most_at_once = 0, most_before_dense = 0;

 private:
  static constexpr int kDensePolls = 3;
  std::vector<Job> jobs_;
  int polls_ = 0;
};

std::vector<SweepRun> plan_sparsifications(const std::string& grid, const fs::path& folder) {
  return plan_sweep(expand(parse_grid("command = \"sparsify\"\n" + grid, "grid"), folder),
                    [](const PlannedRun&) { return RunOutlook(); });
}

TEST_F(SparsifySweeps, RunsThatShareADenseNetworkWaitForTheOneThatTrainsIt) {
  auto runs = plan_sparsifications("C = [0.1, 0.2, 0.3]", runs_);
  SharedPartLauncher launcher;
  run_sweep({runs_, program_, 5}, runs, launcher, {});
  EXPECT_EQ(launcher.most_before_dense, 1u) << "two workers trained the same network";
  EXPECT_EQ(launcher.most_at_once, 2u) << "the others did not start when the network was there";
  for (const SweepRun& done : runs) EXPECT_EQ(done.state, RunState::kFinished) << done.note;
  EXPECT_THAT(launcher.commands.at(0), ElementsAre(program_.string(), "sparsify", "--resume", "--C", "0.1",
                                                   "--out", runs[0].folder().string()))
      << "without --threads: a run takes one";
  EXPECT_THAT(load_sparsifications(runs_), SizeIs(3));
  EXPECT_EQ(plan_sparsifications("C = 0.2", runs_)[0].state, RunState::kFinished);
}

TEST_F(SparsifySweeps, RunsWithoutASharedPartDoNotWait) {
  auto runs = plan_sparsifications("seed = [1, 2]", runs_);
  SharedPartLauncher launcher;
  run_sweep({runs_, program_, 1}, runs, launcher, {});
  EXPECT_EQ(launcher.most_before_dense, 2u);
}

TEST_F(SparsifySweeps, TheFirstOfThoseThatShareIsPredictedWithTheSharedPart) {
  auto runs =
      plan_sweep(expand(parse_grid("command = \"sparsify\"\nC = [0.1, 0.2]\nseed = [0, 1]", "grid"), runs_),
                 [](const PlannedRun& run) { return outlook_of(sparsify_config(run)); });
  predict_seconds(runs);
  EXPECT_EQ(runs[0].predicted_seconds, runs[1].predicted_seconds) << "another seed, another dense network";
  EXPECT_GT(runs[0].predicted_seconds, runs[2].predicted_seconds);
  EXPECT_EQ(runs[2].predicted_seconds, runs[3].predicted_seconds);
}

}  // namespace
}  // namespace packrat
