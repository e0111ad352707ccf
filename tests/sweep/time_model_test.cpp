#include "engine/sweep/time_model.h"

#include <gtest/gtest.h>

#include "engine/sweep/experiment_kind.h"
#include "tests/results/example_runs.h"

namespace packrat {
namespace {

RunForecast holding(std::int64_t entries) {
  RunForecast forecast;
  forecast.held = entries;
  return forecast;
}

RunConfig config_of_example() {
  RunConfig config;
  config.encoder = "cutr34";
  config.num_passes = 8;
  return config;
}

double seconds(const TimeModel& model, const RunConfig& config, std::int64_t entries) {
  return model.seconds(outlook_of(config, holding(entries)));
}

// The example trains 8 passes of ceil(100 / 16) = 7 batches, 56 steps in 4 s, and scores after passes 4 and
// 8, twice in 5 s. So 16 passes of 10 batches take 160 * 4 / 56 s, and are scored three times (4, 8, 16).
TEST(TimeModel, ScalesTheStepsAndScoringsOfFinishedRuns) {
  const testing_data::TempFolder folder;
  write_result(folder.path(), "run", 4, 100);
  TimeModel model;
  EXPECT_EQ(model.units_learned(), 0u);
  model.learn(experiment_kind().read(folder / "run"));
  EXPECT_EQ(model.units_learned(), 2u);
  RunConfig config = config_of_example();
  const double before_training = seconds(model, config, 100) - 4 - 5;
  EXPECT_GT(before_training, 0) << "loading and ingesting take some time";
  EXPECT_LT(before_training, 10);
  config.num_passes = 16;
  EXPECT_NEAR(seconds(model, config, 160), before_training + 160 * 4.0 / 56 + 3 * 2.5, 1e-9);
}

TEST(TimeModel, KnowsEveryHeadWithoutAnyRun) {
  const TimeModel model;
  RunConfig config = config_of_example();
  double previous = 0;
  for (const char* block : {"4", "3.5", "3", "2.5", "2", "1"}) {  // the earlier the cut, the larger the head
    config.encoding_block = block;
    const double predicted = seconds(model, config, 1000);
    EXPECT_GE(predicted, previous) << block;
    previous = predicted;
  }
  config.encoder = "none";
  config.backbone = "resnet34";
  EXPECT_GT(seconds(model, config, 1000), previous);
  config.backbone = "mlp";
  EXPECT_LT(seconds(model, config, 1000), previous);
}

TEST(TimeModel, AnotherHeadIsNotLearnedFrom) {
  const testing_data::TempFolder folder;
  write_result(folder.path(), "run", 4, 100);
  TimeModel model;
  RunConfig config = config_of_example();
  config.encoding_block = "2";
  const double shipped = seconds(model, config, 100);
  model.learn(experiment_kind().read(folder / "run"));
  EXPECT_EQ(seconds(model, config, 100), shipped);
}

}  // namespace
}  // namespace packrat
