#include "engine/studies/sparsify/normal_noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace packrat {
namespace {

std::vector<float> noise(std::uint64_t seed, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  fill_normal(seed, values.data(), count);
  return values;
}

TEST(NormalNoise, HasTheDistributionOfTheNormalOne) {
  constexpr std::int64_t kCount = 1 << 20;
  std::vector<float> values = noise(3, kCount);
  std::sort(values.begin(), values.end());
  double furthest = 0;  // of Kolmogorov and Smirnov
  for (std::int64_t i = 0; i < kCount; ++i) {
    const double below = 0.5 * std::erfc(-values[static_cast<std::size_t>(i)] / std::sqrt(2.0));
    furthest = std::max(furthest, std::fabs(below - (static_cast<double>(i) + 0.5) / kCount));
  }
  EXPECT_LT(furthest, 1.63 / std::sqrt(kCount));  // the 1 % level
}

TEST(NormalNoise, OfNeighboursIsUncorrelated) {
  constexpr std::int64_t kCount = 1 << 20;
  const std::vector<float> values = noise(3, kCount);
  for (const std::int64_t lag : {1, 2, 15, 16, 17, 31, 32, 64}) {
    double sum = 0;
    for (std::int64_t i = lag; i < kCount; ++i)
      sum += static_cast<double>(values[static_cast<std::size_t>(i)]) *
             values[static_cast<std::size_t>(i - lag)];
    EXPECT_LT(std::fabs(sum / kCount), 4 / std::sqrt(kCount)) << lag;
  }
}

TEST(NormalNoise, IsDecidedByTheSeedHoweverMuchIsDrawn) {
  const std::vector<float> all = noise(7, 100);
  for (const std::int64_t count : {0, 1, 31, 32, 33, 99}) {
    const std::vector<float> some = noise(7, count);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << count;
  }
  EXPECT_NE(noise(8, 100), all);
}

}  // namespace
}  // namespace packrat
