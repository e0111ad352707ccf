#include "engine/studies/sparsify/published_sparsification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace packrat {
namespace {

const SparsifiedNetwork kFashion{"fashion-mnist", "simpleconv", false};

TEST(PublishedSparsification, HasFiveReplicatesOfEveryC) {
  const PublishedSparsification all = load_published_sparsification();
  EXPECT_EQ(all.tradeoffs.size(), all.medians.size() * 5);
  EXPECT_EQ(all.medians.size(), 16u * 37);
  EXPECT_EQ(all.dense.size(), 16u);
  EXPECT_EQ(all.stops.size(), 2u * 13);
  EXPECT_EQ(all.stop_points.size(), all.stops.size() * 5);
}

// 431 080 parameters, of which those left are a whole number.
TEST(PublishedSparsification, CompressionsAreOfWholeNumbersOfParameters) {
  for (const PublishedTradeoff& p : load_published_sparsification().tradeoffs) {
    if (!(p.network == SparsifiedNetwork{"mnist", "simpleconv", false})) continue;
    const double left = 431080 / p.compression;
    EXPECT_LT(std::abs(left - std::round(left)), 0.01 + 2e-5 * left) << p.compression;
  }
}

TEST(PublishedSparsification, MediansLieAmongTheReplicates) {
  const PublishedSparsification all = load_published_sparsification();
  for (const PublishedMedian& m : all.medians) {
    EXPECT_LE(m.least_compression, m.compression);
    EXPECT_LE(m.compression, m.greatest_compression);
    const auto replicates =
        std::count_if(all.tradeoffs.begin(), all.tradeoffs.end(), [&](const PublishedTradeoff& p) {
          return p.network == m.network && p.method == m.method &&
                 p.compression >= m.least_compression * 0.999 &&
                 p.compression <= m.greatest_compression * 1.001;
        });
    EXPECT_GE(replicates, 5) << m.network.dataset << ' ' << m.network.network() << ' ' << m.method << ' '
                             << m.c;
  }
  const auto at = std::find_if(all.medians.begin(), all.medians.end(), [](const PublishedMedian& m) {
    return m.network == kFashion && m.method == "vd" && std::abs(m.c / 0.047 - 1) < 0.01;
  });
  ASSERT_NE(at, all.medians.end());
  EXPECT_NEAR(at->compression, 20, 1);
  EXPECT_NEAR(at->before, 0.8859, 1e-4);
  EXPECT_NEAR(at->after, 0.8862, 1e-4);
}

}  // namespace
}  // namespace packrat
