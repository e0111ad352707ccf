#include "engine/plan/plan_grid.h"

#include <gmock/gmock.h>

#include "compressors/registry.h"
#include "engine/core/error.h"
#include "engine/experiment/validate.h"
#include "engine/plan/candidates.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

std::vector<PlannedRun> default_runs() {
  return expand(parse_grid(plan_grid_text(), "plan"), "out");
}

TEST(PlanGrid, HasRunsThatTheProgramTakes) {
  for (const PlannedRun& run : default_runs())
    EXPECT_NO_THROW(validate(run_config(run), given_options(run))) << run.name;
}

TEST(PlanGrid, ForFeaturesFromFilesNeedsNeitherAnEncoderNorSomethingToLearnOn) {
  Grid grid = parse_grid(plan_grid_text(true), "plan");
  set_values(grid, "dataset", {"features:embeddings"});
  for (const PlannedRun& run : expand(grid, "out")) {
    EXPECT_NO_THROW(validate(run_config(run), given_options(run))) << run.name;
    const std::string codec = run_config(run).codec;
    EXPECT_TRUE(codec.empty() || !must_be_fitted(codec)) << codec;
  }
}

TEST(PlanGrid, IsCutToTheMethodsThatAreNamed) {
  const auto runs = default_runs();
  std::size_t all = 0;
  for (const char* family : {"ncm", "slda", "ridge", "qda", "gdumb", "hybrid"}) {
    const auto some = only_methods(runs, {family});
    for (const PlannedRun& run : some) EXPECT_EQ(method_family(run_config(run).method), family);
    EXPECT_GT(some.size(), 0U) << family;
    all += some.size();
  }
  EXPECT_LE(all, runs.size());
  EXPECT_EQ(only_methods(runs, {}).size(), runs.size());
  EXPECT_THAT(user_error([&] {
                only_methods(runs, {"slda", "svm"});
              }),
              HasSubstr("--methods names 'svm', but there are"));
}

TEST(PlanTime, IsReadWithItsUnit) {
  const std::vector<std::pair<const char*, double>> table{
      {"600", 600}, {"90s", 90}, {"10min", 600}, {"1.5h", 5400}, {"0", 0}};
  for (const auto& [text, seconds] : table) EXPECT_EQ(parse_seconds(text), seconds) << text;
  for (const char* text : {"", "min", "10 min", "-5", "5m", "1e3", "1.2.3", "ten"})
    EXPECT_THAT(user_error([&] { parse_seconds(text); }), HasSubstr("--time is '")) << text;
}

}  // namespace
}  // namespace packrat
