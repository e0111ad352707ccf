#include "engine/features/row_source.h"

#include <gtest/gtest.h>

#include "engine/features/prepared_data.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {

TEST(EncodedRows, GathersRowsInAnyOrderAndRepeated) {
  std::vector<float> values;
  for (int i = 0; i < 40; ++i) values.push_back(static_cast<float>(i));
  const EncodedRows source(FeatureRows(values, 4));
  const std::vector<std::int64_t> indices{9, 0, 3, 3};
  std::vector<float> out(16, -1);
  source.gather(indices, {out.data(), 4, 4});
  for (std::size_t i = 0; i < indices.size(); ++i)
    for (std::size_t j = 0; j < 4; ++j)
      EXPECT_EQ(out[i * 4 + j], static_cast<float>(indices[i] * 4) + static_cast<float>(j));
}

TEST(PixelRows, AreEveryPixelNormalisedByItsChannel) {
  const DatasetInfo& info = find_dataset("cifar10");
  Rng rng(1);
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 3 * kImageBytes; ++i) pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
  const PixelRows source(ImageSet(pixels, {0, 1, 2}), pixel_domain(info));
  const std::vector<std::int64_t> indices{2, 0};
  std::vector<float> out(2 * kImageBytes);
  source.gather(indices, {out.data(), 2, kImageBytes});
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < kImageBytes; ++j) {
      const std::uint8_t p = pixels[static_cast<std::size_t>(indices[i]) * kImageBytes + j];
      const std::size_t channel = j / kPlaneBytes;
      ASSERT_EQ(out[i * kImageBytes + j], normalised_pixel(p, info.mean[channel], info.std[channel]))
          << "value " << j;
    }
}

TEST(PixelDomain, IsTheDataSetsShapeAndNormalisation) {
  for (const DatasetInfo& info : datasets()) {
    const Domain domain = pixel_domain(info);
    EXPECT_TRUE(domain.pixels);
    EXPECT_EQ(domain.values(), kImageBytes);
    EXPECT_EQ(domain.mean, info.mean);
    EXPECT_EQ(domain.std, info.std);
  }
}

}  // namespace
}  // namespace packrat
