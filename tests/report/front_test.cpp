#include "engine/report/front.h"

#include <gmock/gmock.h>

#include <cmath>

#include "engine/core/error.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Front, HoldsWhatIsBestForAtMostSoMuch) {
  EXPECT_THAT(best_for_cost({}), IsEmpty());
  EXPECT_THAT(best_for_cost({{5, 5}}), ElementsAre(0));
  //                          beaten  best of 1  best of 3  cheaper one as good  best of 9
  EXPECT_THAT(best_for_cost({{2, 10}, {1, 20}, {3, 40}, {4, 40}, {9, 50}}), ElementsAre(1, 2, 4));
  EXPECT_THAT(best_for_cost({{1, 20}, {1, 30}, {1, 30}}), ElementsAre(1)) << "of equal ones the first";
}

TEST(Front, NoPointOfItIsBeatenAndEveryOtherIs) {
  Rng rng(7);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<Tradeoff> points;
    for (int i = 0; i < 40; ++i)
      points.push_back({static_cast<double>(rng.below(12)), static_cast<double>(rng.below(12))});
    const auto front = best_for_cost(points);
    for (std::size_t i = 1; i < front.size(); ++i) {
      EXPECT_LT(points[front[i - 1]].cost, points[front[i]].cost);
      EXPECT_LT(points[front[i - 1]].value, points[front[i]].value);
    }
    for (const Tradeoff& point : points)
      EXPECT_TRUE(std::any_of(front.begin(), front.end(), [&](std::size_t at) {
        return points[at].cost <= point.cost && points[at].value >= point.value;
      }));
  }
}

TEST(MeanOverLogCost, IsTheAreaWorkedOutByHand) {
  // Decade 1 to 10: 10 to 20, mean 15; decade 10 to 100: 20 to 40, mean 30. The beaten point changes nothing.
  const std::vector<Tradeoff> points{{100, 40}, {1, 10}, {10, 20}, {50, 5}};
  EXPECT_NEAR(mean_over_log_cost(points, 1, 100), 22.5, 1e-12);
  EXPECT_NEAR(mean_over_log_cost(points, 1, 10), 15, 1e-12);
  EXPECT_NEAR(mean_over_log_cost(points, std::sqrt(10), 10), 17.5, 1e-12) << "begins between two points";
  EXPECT_NEAR(mean_over_log_cost(points, 100, 10000), 40, 1e-12) << "beyond the last point it stays";
  EXPECT_NEAR(mean_over_log_cost(points, 10, 1000), (30 + 40) / 2.0, 1e-12);
}

TEST(MeanOverLogCost, RefusesARangeThatTheFrontDoesNotReach) {
  const std::vector<Tradeoff> points{{1, 10}, {10, 20}};
  EXPECT_THROW(mean_over_log_cost(points, 0.5, 10), Error);
  EXPECT_THROW(mean_over_log_cost(points, 10, 10), Error);
  EXPECT_THROW(mean_over_log_cost({{0, 10}}, 0, 10), Error);
  EXPECT_THROW(mean_over_log_cost({}, 1, 10), Error);
}

}  // namespace
}  // namespace packrat
