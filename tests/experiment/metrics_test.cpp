#include "engine/experiment/metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/core/error.h"

namespace packrat {
namespace {

// Worked by hand. Row i: after task i. Values above the diagonal, of tasks not yet seen, do not count.
const AccuracyMatrix kThreeTasks{{0.9, 0.0, 0.1},  //
                                 {0.6, 0.8, 0.3},
                                 {0.7, 0.5, 0.4}};

TEST(Metrics, AverageIncrementalAccuracyIsTheMeanOverTasksSeen) {
  // 0.9, (0.6 + 0.8) / 2 = 0.7, (0.7 + 0.5 + 0.4) / 3 = 1.6 / 3
  EXPECT_DOUBLE_EQ(metric("average_incremental_accuracy", kThreeTasks), (0.9 + 0.7 + 1.6 / 3) / 3);
}

TEST(Metrics, ForgettingIsTheLossAgainstTheBestEarlierAccuracy) {
  // Task 0: max(0.9, 0.6) - 0.7 = 0.2; task 1: 0.8 - 0.5 = 0.3.
  EXPECT_DOUBLE_EQ(metric("forgetting", kThreeTasks), (0.2 + 0.3) / 2);
}

TEST(Metrics, BackwardTransferIsTheChangeSinceATaskWasNew) {
  // Task 0: 0.7 - 0.9 = -0.2; task 1: 0.5 - 0.8 = -0.3.
  EXPECT_DOUBLE_EQ(metric("backward_transfer", kThreeTasks), -(0.2 + 0.3) / 2);
}

TEST(Metrics, LearningAccuracyIsThatOfTasksWhenTheyWereNew) {
  EXPECT_DOUBLE_EQ(metric("learning_accuracy", kThreeTasks), (0.9 + 0.8 + 0.4) / 3);
}

TEST(Metrics, WorstCaseAccuracyHasTheLowestThatEarlierTasksFellTo) {
  // Task 0 fell to 0.6 and task 1 to 0.5; the last has 0.4.
  EXPECT_DOUBLE_EQ(metric("worst_case_accuracy", kThreeTasks), 0.4 / 3 + 2.0 / 3 * (0.6 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(metric("worst_case_accuracy", {{0.7}}), 0.7);
}

TEST(Metrics, ForgettingIsNegativeAndTransferPositiveWhenOldTasksImprove) {
  const AccuracyMatrix improving{{0.5}, {0.8, 0.6}};
  EXPECT_DOUBLE_EQ(metric("forgetting", improving), 0.5 - 0.8);
  EXPECT_DOUBLE_EQ(metric("backward_transfer", improving), 0.8 - 0.5);
}

TEST(Metrics, ForgettingDoesNotCountTheFinalAccuracyAsTheBest) {
  // Task 0 was best at the end: max over the rows before the last is 0.5.
  const AccuracyMatrix matrix{{0.4}, {0.5, 0.3}, {0.9, 0.3, 0.2}};
  EXPECT_DOUBLE_EQ(metric("forgetting", matrix), ((0.5 - 0.9) + (0.3 - 0.3)) / 2);
}

TEST(Metrics, ASingleTaskIsNeitherForgottenNorTransferred) {
  const AccuracyMatrix one{{0.7}};
  EXPECT_DOUBLE_EQ(metric("average_incremental_accuracy", one), 0.7);
  EXPECT_EQ(metric("forgetting", one), 0);
  EXPECT_EQ(metric("backward_transfer", one), 0);
}

TEST(Metrics, AreNamedOnceAndUnknownOnesAreRefused) {
  std::set<std::string> names;
  for (const Metric& row : metrics()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_NE(std::string(row.summary), "") << row.name;
    EXPECT_EQ(metric(row.name, kThreeTasks), row.of(kThreeTasks)) << row.name;
  }
  EXPECT_THROW(metric("bogus", kThreeTasks), UserError);
}

TEST(Metrics, NoTaskAtAllGivesZeros) {
  for (const Metric& row : metrics()) EXPECT_EQ(row.of({}), 0) << row.name;
}

}  // namespace
}  // namespace packrat
