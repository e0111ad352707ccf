#include "engine/report/area_summary.h"

#include <gmock/gmock.h>

#include "engine/core/bytes.h"
#include "tests/report/example_runs.h"

namespace packrat {
namespace {
using ::testing::DoubleNear;
using ::testing::ElementsAre;

/// A run of a codec that takes so many MiB and reaches so many per cent.
StoredRun run_of(const ExampleCodec& codec, double mib, double accuracy, std::int64_t seed = 0) {
  StoredRun run = example_run("3", codec, static_cast<std::int64_t>(mib * 10), seed);
  run.measured_bytes = static_cast<std::int64_t>(mib * kBytesPerMiB);
  run.final_acc = accuracy / 100;
  return run;
}

std::vector<FamilyArea> areas_of(const std::vector<StoredRun>& runs) {
  return family_areas(group_runs(runs), BytesColumn::kMeasured, AccuracyColumn::kFinal);
}

/// 10, 20 and 40 % at 1, 10 and 100 MiB: a mean of 22.5 over these two decades. `more` is added to each.
void add_seed(const ExampleCodec& codec, std::int64_t seed, double more, std::vector<StoredRun>& runs) {
  runs.push_back(run_of(codec, 1, 10 + more, seed));
  runs.push_back(run_of(codec, 10, 20 + more, seed));
  runs.push_back(run_of(codec, 100, 40 + more, seed));
}

TEST(AreaSummary, IsTheMeanWorkedOutByHandForOneFamily) {
  std::vector<StoredRun> runs;
  add_seed(no_codec(), 0, 0, runs);
  const auto areas = areas_of(runs);
  ASSERT_EQ(areas.size(), 1u);
  EXPECT_EQ(areas[0].task + ", " + areas[0].encoder + ", " + areas[0].family, "CIFAR10, cutr34(3), none");
  EXPECT_DOUBLE_EQ(areas[0].low_mib, 1);
  EXPECT_DOUBLE_EQ(areas[0].high_mib, 100);
  EXPECT_THAT(areas[0].of_seed, ElementsAre(DoubleNear(22.5, 1e-9)));
  EXPECT_EQ(areas[0].half_width, std::nullopt) << "one seed has no interval";
}

TEST(AreaSummary, HasStudentsIntervalOverSeeds) {
  std::vector<StoredRun> runs;
  for (const int seed : {0, 1, 2}) add_seed(no_codec(), seed, seed, runs);
  const auto areas = areas_of(runs);
  ASSERT_EQ(areas.size(), 1u);
  EXPECT_NEAR(areas[0].mean, 23.5, 1e-9);
  // 22.5, 23.5, 24.5: deviation 1, and Student's t with two degrees of freedom at 97.5 % is 4.302653.
  EXPECT_NEAR(areas[0].half_width.value(), 4.302653 / std::sqrt(3), 1e-5);
}

TEST(AreaSummary, StudentsQuantilesAreThoseOfTheTables) {
  EXPECT_EQ(t_half_width({}), std::nullopt);
  EXPECT_EQ(t_half_width({3}), std::nullopt);
  EXPECT_NEAR(t_half_width({22.5, 24.5}).value(), 12.70620, 1e-4) << "one degree of freedom";
  EXPECT_NEAR(t_half_width({1, 2, 3, 4, 5}).value(), 2.776445 * std::sqrt(2.5 / 5), 1e-5) << "four";
  EXPECT_EQ(t_half_width({2, 2, 2}).value(), 0);
}

TEST(AreaSummary, FamiliesShareTheRangeInWhichEachHasRuns) {
  std::vector<StoredRun> runs;
  add_seed(no_codec(), 0, 0, runs);
  runs.push_back(run_of(quantized(2), 4, 30));
  runs.push_back(run_of(quantized(16), 10, 35));
  runs.push_back(run_of(quantized(2), 40, 35));
  const auto areas = areas_of(runs);
  ASSERT_EQ(areas.size(), 2u);
  for (const FamilyArea& area : areas) {
    EXPECT_DOUBLE_EQ(area.low_mib, 4) << area.family;
    EXPECT_DOUBLE_EQ(area.high_mib, 40) << area.family;
  }
  // From 4 to 10 the front of both settings rises from 30 to 35, from 10 to 40 it stays.
  const double rising = std::log(10.0 / 4) / std::log(10.0);
  EXPECT_NEAR(areas[1].mean, 32.5 * rising + 35 * (1 - rising), 1e-9);
}

TEST(AreaSummary, ASeedWithoutAllRunsIsLeftOutAndCounted) {
  std::vector<StoredRun> runs;
  for (const int seed : {0, 1, 2}) add_seed(no_codec(), seed, seed, runs);
  runs.pop_back();
  const auto areas = areas_of(runs);
  ASSERT_EQ(areas.size(), 1u);
  EXPECT_EQ(areas[0].of_seed.size(), 2u);
  EXPECT_EQ(areas[0].seeds_left_out, 1u);
  EXPECT_NEAR(areas[0].mean, 23, 1e-9);
}

TEST(AreaSummary, NothingIsGivenWithoutARangeThatAllShare) {
  EXPECT_TRUE(areas_of({}).empty());
  std::vector<StoredRun> runs{run_of(no_codec(), 1, 10)};
  EXPECT_TRUE(areas_of(runs).empty()) << "one size";
  add_seed(no_codec(), 0, 0, runs = {});
  runs.push_back(run_of(quantized(2), 200, 30));
  EXPECT_EQ(areas_of(runs).size(), 1u) << "a family of one size takes no part";
  runs.push_back(run_of(quantized(2), 300, 30));
  EXPECT_TRUE(areas_of(runs).empty()) << "one ends before the other begins";
}

TEST(AreaSummary, DataSetsAndEncodersHaveRangesOfTheirOwn) {
  const auto runs = example_runs();
  const auto areas = areas_of(runs);
  EXPECT_EQ(areas.size(), 2u * 2 * 4) << "data sets, encoders, families";
  for (const FamilyArea& area : areas) {
    EXPECT_LT(area.low_mib, area.high_mib);
    EXPECT_EQ(area.of_seed.size(), 3u) << area.family;
    EXPECT_TRUE(area.half_width) << area.family;
  }
}

TEST(AreaSummary, TasksOfOneDataSetHaveMeansOfTheirOwn) {
  std::vector<StoredRun> runs;
  add_seed(no_codec(), 0, 0, runs);
  add_seed(no_codec(), 0, 50, runs);
  for (std::size_t i = 0; i < runs.size(); ++i)
    runs[i].options.insert({{"num_tasks", i < 3 ? "5" : "1"}, {"num_classes_per_task", "2"}});
  const auto areas = areas_of(runs);
  ASSERT_EQ(areas.size(), 2u);
  EXPECT_EQ(areas[0].task, "CIFAR10 1x2 classes");
  EXPECT_NEAR(areas[0].mean, 72.5, 1e-9);
  EXPECT_EQ(areas[1].task, "CIFAR10 5x2 classes");
  EXPECT_NEAR(areas[1].mean, 22.5, 1e-9);
}

TEST(AreaSummary, TheTableHasEveryKindOfBytesAndAccuracy) {
  const auto runs = example_runs();
  const Table table = area_table(group_runs(runs));
  EXPECT_EQ(table.rows.size(), 3u * 2 * 2 * 2 * 4);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  EXPECT_TRUE(area_table({}).rows.empty());
  EXPECT_FALSE(area_table({}).needs.empty());
}

}  // namespace
}  // namespace packrat
