#include "engine/train/lr_schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace packrat {
namespace {

TEST(LrSchedule, WarmsUpForOnePassAndThenRestartsAtEveryPowerOfTwo) {
  const LrSchedule schedule{0.05, 0.0005};
  EXPECT_DOUBLE_EQ(schedule.at(0), 0.005);
  for (const int pass : {1, 2, 4, 8, 16, 32, 64})
    EXPECT_DOUBLE_EQ(schedule.at(pass), 0.05) << "pass " << pass;
}

TEST(LrSchedule, IsHalfWayBetweenTheLimitsInTheMiddleOfACycle) {
  const LrSchedule schedule{0.05, 0.0005};
  for (const int pass : {3, 6, 12, 24, 96}) EXPECT_NEAR(schedule.at(pass), 0.02525, 1e-12) << "pass " << pass;
}

TEST(LrSchedule, NeverRisesInsideACycle) {
  const LrSchedule schedule;
  for (int pass = 2; pass < 255; ++pass) {
    if (schedule.ends_cycle(pass)) continue;
    EXPECT_LT(schedule.at(pass + 1), schedule.at(pass)) << "pass " << pass;
  }
}

TEST(LrSchedule, CyclesEndBeforeEveryPowerOfTwoFromFour) {
  std::vector<int> ends;
  for (int pass = 0; pass < 256; ++pass)
    if (LrSchedule{}.ends_cycle(pass)) ends.push_back(pass);
  EXPECT_EQ(ends, (std::vector<int>{3, 7, 15, 31, 63, 127, 255}));
}

TEST(LrSchedule, OfOneCycleRisesAndFallsOverAllStepsAndEndsOnce) {
  const LrSchedule schedule{0.1, 0.01, 20};
  constexpr int kSteps = 50;
  EXPECT_DOUBLE_EQ(schedule.at(0, 0, kSteps), 0.1 / 25);
  EXPECT_DOUBLE_EQ(schedule.at(3, 0, kSteps), 0.1) << "15 % of the steps";
  EXPECT_LT(schedule.at(19, kSteps - 1, kSteps), 1e-5);
  double before = 0;
  for (int step = 0; step < 20 * kSteps; ++step) {
    const double now = schedule.at(step / kSteps, step % kSteps, kSteps);
    EXPECT_EQ(now > before, step <= 3 * kSteps) << "step " << step;
    before = now;
  }
  for (int pass = 0; pass < 20; ++pass) EXPECT_EQ(schedule.ends_cycle(pass), pass == 19) << "pass " << pass;
}

}  // namespace
}  // namespace packrat
