#include <gtest/gtest.h>

#include "models/one_cycle.h"

namespace packrat {
namespace {

TEST(OneCycle, RisesLinearlyForFifteenPercentOfTheStepsAndFallsAlongHalfACosine) {
  constexpr double kLr = 0.2;
  EXPECT_NEAR(one_cycle_lr(kLr, 0, 1000), kLr / 25, 1e-15);
  EXPECT_NEAR(one_cycle_lr(kLr, 75, 1000), kLr * (1 + 1.0 / 25) / 2, 1e-15);  // half way up
  EXPECT_NEAR(one_cycle_lr(kLr, 150, 1000), kLr, 1e-15);
  EXPECT_NEAR(one_cycle_lr(kLr, 575, 1000), kLr / 2, 1e-15);  // half way down
  EXPECT_NEAR(one_cycle_lr(kLr, 1000, 1000), 0, 1e-15);
}

TEST(OneCycle, HasOnePeakHoweverManySteps) {
  for (const std::int64_t steps : {1, 2, 7, 100}) {
    bool falling = false;
    for (std::int64_t s = 0; s < steps; ++s) {
      const double now = one_cycle_lr(1, s, steps), next = one_cycle_lr(1, s + 1, steps);
      EXPECT_GT(now, 0) << s << " of " << steps;
      EXPECT_LE(now, 1) << s << " of " << steps;
      if (falling) {
        EXPECT_LT(next, now) << s << " of " << steps;
      }
      falling = falling || next < now;
    }
  }
}

}  // namespace
}  // namespace packrat
