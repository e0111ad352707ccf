#include "engine/train/cutmix.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace packrat {
namespace {

struct MapSize {
  std::int64_t height, width;
};
const std::vector<MapSize> kSizes{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 8}, {8, 8}, {32, 32}};

/// [batch, 2, height, width]; every value of image i is i.
at::Tensor numbered_images(std::int64_t batch, MapSize size) {
  return at::arange(batch, at::kFloat).view({batch, 1, 1, 1}).repeat({1, 2, size.height, size.width});
}

bool is_empty(const CutBox& box) {
  return box.top == box.bottom || box.left == box.right;
}

TEST(CutMix, TheBoxLiesInsideTheMap) {
  for (const MapSize size : kSizes)
    for (const double alpha : {0.2, 1.0, 5.0})
      for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Rng rng(seed);
        const CutBox box = plan_cutmix(4, size.height, size.width, alpha, rng).box;
        ASSERT_TRUE(0 <= box.top && box.top <= box.bottom && box.bottom <= size.height) << "seed " << seed;
        ASSERT_TRUE(0 <= box.left && box.left <= box.right && box.right <= size.width) << "seed " << seed;
      }
}

TEST(CutMix, KeptShareIsTheExactShareOfUntouchedCells) {
  for (const MapSize size : kSizes)
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Rng rng(seed);
      const CutMixPlan plan = plan_cutmix(6, size.height, size.width, 1, rng);
      const at::Tensor maps = numbered_images(6, size);
      apply_cutmix(plan, maps);
      for (std::int64_t i = 0; i < 6; ++i) {
        const std::int64_t partner = plan.partner[static_cast<std::size_t>(i)];
        if (partner == i) continue;
        const double own = (maps[i] == static_cast<float>(i)).to(at::kDouble).mean().item<double>();
        const double other = (maps[i] == static_cast<float>(partner)).to(at::kDouble).mean().item<double>();
        ASSERT_NEAR(own, plan.kept_share, 1e-12) << size.height << "x" << size.width << ", seed " << seed;
        ASSERT_NEAR(own + other, 1.0, 1e-12);
      }
    }
}

TEST(CutMix, PastesThePartnersOriginalCellsAndNothingElse) {
  at::manual_seed(1);
  const at::Tensor before = at::randn({7, 3, 8, 5});
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    const CutMixPlan plan = plan_cutmix(7, 8, 5, 1, rng);
    const at::Tensor after = before.clone();
    apply_cutmix(plan, after);
    for (std::int64_t i = 0; i < 7; ++i)
      for (std::int64_t y = 0; y < 8; ++y)
        for (std::int64_t x = 0; x < 5; ++x) {
          const bool inside =
              y >= plan.box.top && y < plan.box.bottom && x >= plan.box.left && x < plan.box.right;
          const std::int64_t from = inside ? plan.partner[static_cast<std::size_t>(i)] : i;
          ASSERT_TRUE(at::equal(after.select(0, i).select(1, y).select(1, x),
                                before.select(0, from).select(1, y).select(1, x)))
              << "seed " << seed << ", image " << i << " at " << y << ", " << x;
        }
  }
}

TEST(CutMix, PartnersAreAPermutation) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    std::vector<std::int64_t> partner = plan_cutmix(9, 4, 4, 1, rng).partner;
    std::sort(partner.begin(), partner.end());
    for (std::int64_t i = 0; i < 9; ++i) EXPECT_EQ(partner[static_cast<std::size_t>(i)], i);
  }
}

TEST(CutMix, TheSameStreamGivesTheSamePlanAndAnotherADifferentOne) {
  std::set<std::vector<std::int64_t>> plans;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto draw = [&] {
      Rng rng(seed);
      const CutMixPlan plan = plan_cutmix(16, 32, 32, 1, rng);
      std::vector<std::int64_t> all = plan.partner;
      all.insert(all.end(), {plan.box.top, plan.box.bottom, plan.box.left, plan.box.right});
      return all;
    };
    EXPECT_EQ(draw(), draw());
    plans.insert(draw());
  }
  EXPECT_EQ(plans.size(), 30U);
}

// int(2 * side) is 1 for a half and more, and half of it, which is what the box extends to either side, 0.
TEST(CutMix, OnMapsOfTwoByTwoTheBoxIsAlwaysEmptyUnlessTheSideIsExactlyOne) {
  int empty = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    const CutMixPlan plan = plan_cutmix(4, 2, 2, 1, rng);
    empty += is_empty(plan.box);
    EXPECT_EQ(plan.kept_share, 1.0) << "seed " << seed;
  }
  EXPECT_EQ(empty, 2000);

  // With a tiny alpha, lambda is 0 half of the time: the side is then exactly 1, and the box has a whole
  // quadrant at least.
  int filled = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(seed);
    const CutMixPlan plan = plan_cutmix(4, 2, 2, 1e-3, rng);
    if (!is_empty(plan.box)) {
      ++filled;
      EXPECT_LE(plan.kept_share, 0.75);
    }
  }
  EXPECT_NEAR(filled, 200, 60);
}

TEST(CutMix, BoxesOnLargeMapsCoverFromNothingToMostOfThemAndEveryCell) {
  at::Tensor covered = at::zeros({32, 32});
  double least = 1, most = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Rng rng(seed);
    const CutMixPlan plan = plan_cutmix(2, 32, 32, 1, rng);
    using at::indexing::Slice;
    covered.index({Slice(plan.box.top, plan.box.bottom), Slice(plan.box.left, plan.box.right)}).add_(1);
    least = std::min(least, 1 - plan.kept_share);
    most = std::max(most, 1 - plan.kept_share);
  }
  EXPECT_LT(least, 0.01);
  EXPECT_GT(most, 0.8);
  EXPECT_GT(covered.min().item<float>(), 0);
}

// Without clipping, the box has 1 - lambda of the map: uniform for alpha = 1, so half on average. Clipping a
// box of side s whose centre is uniform keeps 1 - s/4 of each side, so the mean is
// E[s^2 (1 - s/4)^2] = 1/2 - E[s^3]/2 + E[s^4]/16 = 1/2 - 1/5 + 1/48, since s^2 is uniform.
TEST(CutMix, TheMeanOfTheClippedBoxIsWhatItsDefinitionImplies) {
  Rng rng(12);
  double sum = 0;
  const int draws = 20000;
  for (int i = 0; i < draws; ++i) sum += 1 - plan_cutmix(1, 512, 512, 1, rng).kept_share;
  EXPECT_NEAR(sum / draws, 0.5 - 0.2 + 1.0 / 48, 0.008);
}

}  // namespace
}  // namespace packrat
