#include <gtest/gtest.h>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

// An image of 16x16 in which every channel holds each of the 256 values once.
std::vector<std::uint8_t> every_value() {
  std::vector<std::uint8_t> image(3 * 256);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 37 + i / 256);
  return image;
}

Domain normalised_with(const PixelStatistics& statistics) {
  Domain domain = pixels(16, 16);
  domain.mean = statistics.mean;
  domain.std = statistics.std;
  return domain;
}

TEST(Pixels, EveryByteOfEveryDataSetComesBackWithItsNormalisedValueBitForBit) {
  for (const PixelStatistics& statistics : pixel_statistics()) {
    const Domain domain = normalised_with(statistics);
    const std::vector<std::uint8_t> image = every_value();
    std::vector<float> row(image.size());
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = normalised_pixel(image[i], domain.mean[i / 256], domain.std[i / 256]);
    for (const char* spec : {"none", "thin:factor=0"}) {
      const Codec codec = make_codec(spec, domain);
      const EntryBatch batch = encode(codec, row);
      EXPECT_TRUE(std::equal(image.rbegin(), image.rend(), batch.bytes.rbegin()))
          << statistics.dataset << ", " << spec;
      EXPECT_TRUE(same_bits(decode(codec, views(batch)), row)) << statistics.dataset << ", " << spec;
    }
  }
}

// Other programs scale first, multiply by 1/std, or work in double: each still finds its byte.
TEST(Pixels, OtherWaysToNormaliseFindTheSameBytes) {
  for (const PixelStatistics& statistics : pixel_statistics()) {
    const Domain domain = normalised_with(statistics);
    const std::vector<std::uint8_t> image = every_value();
    for (int way = 0; way < 3; ++way) {
      std::vector<float> row(image.size());
      for (std::size_t i = 0; i < row.size(); ++i) {
        const float p = image[i], mean = domain.mean[i / 256], std = domain.std[i / 256];
        row[i] = way == 0   ? (p * (1.0f / 255.0f) - mean) * (1.0f / std)
                 : way == 1 ? p * (1.0f / (255.0f * std)) - mean / std
                            : static_cast<float>((double{p} / 255 - double{mean}) / double{std});
      }
      EXPECT_EQ(encode(make_codec("none", domain), row).bytes, image)
          << statistics.dataset << ", way " << way;
    }
  }
}

TEST(Pixels, ValuesBeyondBlackAndWhiteBecomeBlackAndWhite) {
  const Codec codec = make_codec("none", pixels(1, 2));
  const std::vector<float> row{-9, 9, -3e38f, 3e38f, -9, 9};
  EXPECT_EQ(encode(codec, row).bytes, (std::vector<std::uint8_t>{0, 255, 0, 255, 0, 255}));
}

TEST(Pixels, DeletedPixelsComeBackAsZeroOfTheNormalisedImage) {
  const Domain domain = pixels(1, 1);
  std::vector<float> row;
  for (std::size_t c = 0; c < 3; ++c)
    row.push_back(normalised_pixel(static_cast<std::uint8_t>(40 + 80 * c), domain.mean[c], domain.std[c]));
  const Codec codec = make_codec("thin:factor=0.5,index=coordinates16", domain);
  const EntryBatch batch = encode(codec, row);
  EXPECT_EQ(batch.bytes, (std::vector<std::uint8_t>{2, 0, 200}));
  EXPECT_TRUE(same_bits(decode(codec, views(batch)), {0.0f, 0.0f, row[2]}));
}

TEST(Pixels, GreyImagesHaveOneChannel) {
  Domain domain = pixels(2, 2);
  domain.shape[0] = 1;
  const std::vector<float> row{normalised_pixel(9, domain.mean[0], domain.std[0]), 0, 0, 0};
  const Codec codec = make_codec("none", domain);
  EXPECT_EQ(codec.entry_bytes(), 4);
  EXPECT_EQ(encode(codec, row).bytes[0], 9);
}

}  // namespace
}  // namespace packrat
