#include "engine/plan/plan.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/experiment/run_options.h"
#include "engine/plan/plan_grid.h"
#include "engine/plan/plan_report.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

constexpr const char* kSmallGrid = R"(
encoder = "cutr"
[[grid]]
method = ["slda:pool=1x1,precision=int8", "slda:precision=bfloat16", "slda", "ncm:pool=1x1"]
[[grid]]
method = "gdumb"
backbone = "mlp"
num_passes = 9
codec = ["quantize:states=4,range=local", "quantize:states=16,range=local", "none"]
)";

class PlanTest : public SmallRuns {
 protected:
  static CandidateList candidates(const std::string& budget) {
    Grid grid = parse_grid(kSmallGrid, "small");
    const RunConfig c = config("");
    set_values(grid, "data_dir", {c.data_dir});
    set_values(grid, "weights", {c.weights});
    set_values(grid, "memory_bytes", {budget});
    CandidateList list = candidates_of(expand(grid, "unused"), make_forecaster());
    for (Candidate& candidate : list.candidates) candidate.config.threads = 1;
    return list;
  }
  static PlanOptions options(const std::string& folder) { return {*world_ / folder, 0.3, 0, 1, false}; }
  static void do_run(const RunConfig& c) { run_experiment(c, false, {}); }
  static Plan plan(const std::string& folder, const DoRunFn& run = do_run) {
    return make_plan(candidates("150000"), options(folder), run, {});
  }
  /// Without what the clock says.
  static nlohmann::json figures_of(const Plan& plan, const PlanOptions& how) {
    nlohmann::json json = plan_json(plan, how);
    json.erase("seconds");
    json.at("choice").erase("seconds");
    for (const char* list : {"trials", "front"})
      for (nlohmann::json& trial : json.at(list)) trial.erase("seconds");
    return json;
  }
};

TEST_F(PlanTest, KnowsTheBytesOfTheRunsBeforeTheyAreDone) {
  int exact = 0;
  for (const Candidate& candidate : candidates("150000").candidates) {
    RunConfig c = candidate.config;
    c.log_dir = (*world_ / "bytes").string();
    if (c.num_passes == 9) c.num_passes = 1;
    const std::int64_t kept = run_experiment(c, false, {}).bytes.ledger.kept_total();
    EXPECT_LE(kept, 150000) << candidate.name;
    if (!candidate.bytes || !applies(find_run_option("num_passes"), c)) {
      EXPECT_EQ(candidate.bytes, kept) << candidate.name;
      ++exact;
    }
  }
  EXPECT_EQ(exact, 2);
}

TEST_F(PlanTest, LeavesOutWhatDoesNotFitWithTheReason) {
  const CandidateList list = candidates("150000");
  ASSERT_EQ(list.left_out.size(), 2U);  // slda of 1024 values
  for (const LeftOut& out : list.left_out)
    EXPECT_THAT(out.why, HasSubstr("a budget of 150000 bytes is too small"));
  EXPECT_EQ(list.candidates.size(), 5U);
  EXPECT_THAT(user_error([] { candidates("1000"); }), HasSubstr("none of the 7 ways to learn fits: "));
}

TEST_F(PlanTest, LeavesOutClosedFormsThatUseLittleOfTheBudgetWhereLargerOnesOfTheirFamilyFit) {
  const CandidateList list = candidates("1200000");
  std::vector<std::string> methods, why;
  for (const Candidate& candidate : list.candidates)
    if (!candidate.config.method.empty() && candidate.passes.front() == 0)
      methods.push_back(candidate.config.method);
  for (const LeftOut& out : list.left_out) why.push_back(out.why);
  EXPECT_THAT(methods, testing::ElementsAre("slda:precision=bfloat16", "ncm:pool=1x1"));
  EXPECT_THAT(
      why, testing::ElementsAre(HasSubstr("a budget of 1200000 bytes is too small"),
                                HasSubstr("less than a third of the budget, and larger ones of slda fit")));
}

TEST_F(PlanTest, GivesRunsThatTheCommandLineRepeats) {
  for (const Candidate& candidate : candidates("150000").candidates) {
    const std::vector<std::string> line = run_line(candidate);
    EXPECT_EQ(line[1], "run");
    for (const std::string& word : line) EXPECT_EQ(word.find("holdout"), std::string::npos);
    EXPECT_EQ(std::count(line.begin(), line.end(), "--memory_bytes"), 1);
  }
}

TEST_F(PlanTest, ChoosesTheBestOfTheFrontByHalving) {
  const Plan made = plan("plan");
  // Two closed forms; three trainings after 1, 3 and 9 passes, of which one continues.
  EXPECT_EQ(made.trials.size(), 2U + 3 + 1 + 1);
  EXPECT_EQ(made.complete().size(), 3U);
  for (const Trial& trial : made.complete()) {
    EXPECT_LE(trial.result.accuracy, made.choice().result.accuracy);
    EXPECT_LE(trial.result.bytes, 150000);
    const double right = 30 * trial.result.accuracy;  // three of ten images of ten classes
    EXPECT_NEAR(right, std::round(right), 1e-9);
  }
  const auto front = made.front();
  for (std::size_t i = 1; i < front.size(); ++i) {
    EXPECT_LT(front[i - 1].result.bytes, front[i].result.bytes);
    EXPECT_LT(front[i - 1].result.accuracy, front[i].result.accuracy);
  }
  const std::string text = plan_text(made, options("plan"));
  for (const char* part :
       {"Whole trainings", "Given up after a part of their passes", "Left out before anything was trained",
        "Front: accuracy against bytes", "Choice: ", "packrat run --method", "the test images were not read"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST_F(PlanTest, ThatWasStoppedGoesOnAndEndsAsIfItHadNotBeen) {
  const auto undisturbed = figures_of(plan("undisturbed"), options("undisturbed"));
  for (int stop_at = 0; stop_at < 7; stop_at += 3) {
    const std::string folder = "stopped" + std::to_string(stop_at);
    int begun = 0;
    const auto stopped = [&](const RunConfig& c) {
      if (begun++ == stop_at) throw Interrupted("stopped");
      do_run(c);
    };
    EXPECT_THROW(plan(folder, stopped), Interrupted);
    int done = 0;
    const Plan again = plan(folder, [&](const RunConfig& c) {
      ++done;
      do_run(c);
    });
    EXPECT_EQ(done, 7 - stop_at);
    EXPECT_EQ(figures_of(again, options(folder)), undisturbed) << stop_at;
  }
}

TEST_F(PlanTest, DoesNotReadTheTestImages) {
  CandidateList list = candidates("150000");
  const auto features = *world_ / "features of a plan";
  for (Candidate& candidate : list.candidates) candidate.config.cache_dir = features.string();
  make_plan(std::move(list), options("no test"), do_run, {});
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(features)) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(name.find("cifar10-test"), std::string::npos) << name;
    files += name.find("cifar10-train") == 0;
  }
  EXPECT_GT(files, 0);
}

TEST_F(PlanTest, RefusesTheFolderOfAnotherPlan) {
  plan("taken");
  PlanOptions other = options("taken");
  other.holdout = 0.2;
  EXPECT_THAT(user_error([&] { make_plan(candidates("150000"), other, do_run, {}); }),
              HasSubstr("holds a plan with other options"));
  other.overwrite = true;
  EXPECT_EQ(make_plan(candidates("150000"), other, do_run, {}).trials.size(), 7U);
}

TEST_F(PlanTest, WithoutTimeForOneTrainingIsALine) {
  PlanOptions hurried = options("hurried");
  hurried.seconds = 1e-9;
  EXPECT_THAT(user_error([&] { make_plan(candidates("150000"), hurried, do_run, {}); }),
              HasSubstr("were not enough for one whole training: give a longer --time"));
}

}  // namespace
}  // namespace packrat
