#include "engine/studies/roofline/roof.h"

#include <gtest/gtest.h>

namespace packrat {
namespace {

// Ultra96 with a DPU at INT8: 0.96 TOP/s, 4.26 GB/s.
constexpr Roof kUltra96{0.96, 4.26};

TEST(Roof, IsTheLowerOfPeakAndMemory) {
  EXPECT_DOUBLE_EQ(attainable_tops(kUltra96, 100), 0.426);
  EXPECT_DOUBLE_EQ(attainable_tops(kUltra96, 1000), 0.96);
  EXPECT_NEAR(ridge_ops_per_byte(kUltra96), 225.352, 1e-3);
  EXPECT_DOUBLE_EQ(attainable_tops(kUltra96, ridge_ops_per_byte(kUltra96)), 0.96);
}

TEST(Roof, PublishedCornersRoundTheRidgeUpToAGrid) {
  const auto points = published_roofline(kUltra96);
  EXPECT_DOUBLE_EQ(points[0].ops_per_byte, 12.1);
  EXPECT_DOUBLE_EQ(points[0].tops, 0.051546);
  EXPECT_DOUBLE_EQ(points[1].ops_per_byte, 226.1);
  EXPECT_EQ(points[1].tops, 0.96);
  EXPECT_EQ(points[2].ops_per_byte, 160000);
  EXPECT_EQ(points[2].tops, 0.96);
}

}  // namespace
}  // namespace packrat
