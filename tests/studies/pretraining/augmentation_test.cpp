#include "engine/studies/pretraining/augmentation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

namespace packrat {
namespace {

constexpr std::int64_t kSide = 32, kImages = 40, kShifts = 9;
constexpr std::array<float, 3> kMean{0.5F, 0.4F, 0.3F}, kStd{0.2F, 0.25F, 0.5F};

/// Images whose pixels tell where they are: red its column, green its row, blue its image. No pixel is 0.
class AugmentationTest : public ::testing::Test {
 protected:
  AugmentationTest() {
    for (std::int64_t i = 0; i < kImages; ++i) {
      for (std::int64_t c = 0; c < 3; ++c)
        for (std::int64_t p = 0; p < kSide * kSide; ++p)
          pixels_.push_back(static_cast<std::uint8_t>(1 + (c == 0 ? p % kSide : c == 1 ? p / kSide : i)));
      labels_.push_back(static_cast<std::uint16_t>(7 * i));
    }
    std::iota(all_.begin(), all_.end(), 0);
  }

  ImageReader reader(at::ScalarType type = at::kFloat) const {
    return {{pixels_.data(), labels_.data(), kImages}, kMean, kStd, type};
  }

  /// Normalised values back as pixels, [B, 32, 32, 3]; padding, which is 0 there, becomes the mean's pixel.
  static at::Tensor pixels_of(const at::Tensor& batch) {
    return (batch * at::tensor(at::ArrayRef<float>(kStd)) + at::tensor(at::ArrayRef<float>(kMean))) * 255;
  }

  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint16_t> labels_;
  std::vector<std::int64_t> all_ = std::vector<std::int64_t>(kImages);
};

TEST_F(AugmentationTest, PlainImagesAreNormalisedByChannel) {
  const at::Tensor batch = reader().plain({3, 1}, 0, 2);
  ASSERT_EQ(batch.sizes(), at::IntArrayRef({2, kSide, kSide, 3}));
  for (const std::int64_t image : {3, 1})
    for (std::int64_t c = 0; c < 3; ++c) {
      const std::int64_t y = 20, x = 5, value = 1 + (c == 0 ? x : c == 1 ? y : image);
      const auto channel = static_cast<std::size_t>(c);
      EXPECT_EQ(batch[image == 3 ? 0 : 1][y][x][c].item<float>(),
                (static_cast<float>(value) / 255.0F - kMean[channel]) / kStd[channel]);
    }
  EXPECT_TRUE(at::equal(reader(at::kBFloat16).plain({3, 1}, 0, 2), batch.to(at::kBFloat16)));
  EXPECT_TRUE(at::equal(reader().labels({3, 1}, 0, 2), at::tensor({21, 7}, at::kLong)));
}

/// Where the crop of an augmented image lies and whether it is mirrored, told from its pixels alone.
struct Seen {
  std::int64_t top, left;
  bool mirrored;
};

Seen look_at(const at::Tensor& pixels) {
  // The middle is never padding: shifts are at most 4.
  const auto at_place = [&](std::int64_t y, std::int64_t x, std::int64_t c) {
    return static_cast<std::int64_t>(std::lround(pixels[y][x][c].item<float>())) - 1;
  };
  const bool mirrored = at_place(16, 17, 0) < at_place(16, 16, 0);
  const std::int64_t column = at_place(16, 16, 0);
  return {at_place(16, 16, 1) - 16, mirrored ? column - (kSide - 1 - 16) : column - 16, mirrored};
}

TEST_F(AugmentationTest, EveryPixelIsThatOfAShiftedAndMaybeMirroredImageOrTheMeanColour) {
  const at::Tensor batch = reader().augmented(all_, 0, kImages, Rng(5)), pixels = pixels_of(batch);
  for (std::int64_t i = 0; i < kImages; ++i) {
    const Seen seen = look_at(pixels[i]);
    ASSERT_LE(std::abs(seen.top), 4);
    ASSERT_LE(std::abs(seen.left), 4);
    const at::Tensor image = batch[i];
    const auto got = image.accessor<float, 3>();
    const at::Tensor plain_image = reader().plain(all_, i, i + 1)[0];
    const auto plain = plain_image.accessor<float, 3>();
    for (std::int64_t y = 0; y < kSide; ++y)
      for (std::int64_t x = 0; x < kSide; ++x) {
        const std::int64_t row = y + seen.top, column = (seen.mirrored ? kSide - 1 - x : x) + seen.left;
        const bool inside = row >= 0 && row < kSide && column >= 0 && column < kSide;
        for (std::int64_t c = 0; c < 3; ++c)
          ASSERT_EQ(got[y][x][c], inside ? plain[row][column][c] : 0.0F) << i;
      }
  }
}

TEST_F(AugmentationTest, AllShiftsAndBothSidesComeUp) {
  std::set<std::int64_t> tops, lefts;
  int mirrored = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const at::Tensor pixels = pixels_of(reader().augmented(all_, 0, kImages, Rng(seed)));
    for (std::int64_t i = 0; i < kImages; ++i) {
      const Seen seen = look_at(pixels[i]);
      tops.insert(seen.top);
      lefts.insert(seen.left);
      mirrored += seen.mirrored;
    }
  }
  EXPECT_EQ(tops.size(), kShifts);
  EXPECT_EQ(lefts.size(), kShifts);
  EXPECT_GT(mirrored, 70);  // of 200; six deviations below the mean
  EXPECT_LT(mirrored, 130);
}

TEST_F(AugmentationTest, DependsOnTheSeedAndThePlaceInTheOrderAndNotOnWhereBatchesAreCut) {
  const at::Tensor whole = reader().augmented(all_, 0, kImages, Rng(1));
  const at::Tensor pieces =
      at::cat({reader().augmented(all_, 0, 13, Rng(1)), reader().augmented(all_, 13, kImages, Rng(1))});
  EXPECT_TRUE(at::equal(whole, pieces));
  EXPECT_FALSE(at::equal(whole, reader().augmented(all_, 0, kImages, Rng(2))));
}

}  // namespace
}  // namespace packrat
