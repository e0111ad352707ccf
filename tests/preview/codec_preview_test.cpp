#include "engine/preview/codec_preview.h"

#include <gmock/gmock.h>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

constexpr std::int64_t kRows = 20, kShown = 3;

Domain pixel_domain() {
  Domain domain;
  domain.shape = {3, 32, 32};
  domain.pixels = true;
  domain.mean = {0.5F, 0.4F, 0.3F};
  domain.std = {0.2F, 0.3F, 0.4F};
  return domain;
}

Domain map_domain() {
  Domain domain;
  domain.shape = {16, 2, 2};
  return domain;
}

/// Rows of a domain: images of random pixels, or maps whose channel c spreads over 0 .. c.
std::vector<float> rows_of(const Domain& domain) {
  Rng rng(1);
  const std::int64_t plane = domain.shape[1] * domain.shape[2];
  std::vector<float> rows;
  for (std::int64_t i = 0; i < kRows * domain.values(); ++i) {
    const auto c = static_cast<std::size_t>(i % domain.values() / plane);
    rows.push_back(domain.pixels ? normalised_pixel(static_cast<std::uint8_t>(rng.below(256)), domain.mean[c],
                                                    domain.std[c])
                                 : static_cast<float>(rng.uniform() * static_cast<double>(c)));
  }
  return rows;
}

struct Shown {
  Domain domain;
  std::vector<float> rows = rows_of(domain);
  CodecPreview preview{
      domain, {rows.data(), kShown, domain.values()}, {rows.data(), kRows, domain.values()}, {2, 4}};
};

TEST(CodecPreview, OriginalImagesAreShownPixelByPixel) {
  const Shown shown{pixel_domain()};
  const SheetRow row = shown.preview.originals();
  EXPECT_THAT(row.notes, ElementsAre("3072 bytes"));
  ASSERT_EQ(row.tiles.size(), 3U);
  const Tile& tile = row.tiles[1];
  ASSERT_EQ(tile.width, 64);
  for (std::size_t c = 0; c < 3; ++c) {  // the pixel at x = 5, y = 7 became a square at 10, 14
    const float value = shown.rows[3072 + c * 1024 + 7 * 32 + 5];
    const std::uint8_t pixel = tile.rgb[(14 * 64 + 10) * 3 + c];
    EXPECT_EQ(normalised_pixel(pixel, shown.domain.mean[c], shown.domain.std[c]), value);
  }
}

TEST(CodecPreview, ALosslessCodecLooksLikeTheOriginals) {
  for (const Domain& domain : {pixel_domain(), map_domain()}) {
    const Shown shown{domain};
    const SheetRow row = shown.preview.row_of(make_codec("none", domain));
    EXPECT_EQ(row.title, "none");
    EXPECT_THAT(row.notes,
                ElementsAre(domain.pixels ? "3072 bytes" : "256 bytes", "no error", "no error over 20"));
    for (std::size_t i = 0; i < row.tiles.size(); ++i)
      EXPECT_EQ(row.tiles[i].rgb, shown.preview.originals().tiles[i].rgb);
  }
}

TEST(CodecPreview, ALossyCodecIsShownWithItsBytesAndItsErrors) {
  const Shown shown{pixel_domain()};
  const SheetRow row = shown.preview.row_of(make_codec("quantize:states=4,range=local", shown.domain));
  EXPECT_THAT(row.notes,
              ElementsAre("776 bytes", MatchesRegex("[0-9.]+ dB"), MatchesRegex("[0-9.]+ dB over 20")));
  EXPECT_NE(row.tiles[0].rgb, shown.preview.originals().tiles[0].rgb);
  EXPECT_THAT(shown.preview.row_of(make_codec("jpeg:quality=50", shown.domain)).notes[0],
              MatchesRegex("[0-9]+ \\([0-9]+-[0-9]+\\) bytes"));
}

TEST(CodecPreview, TheMapsThatVaryMostAreShownFromTheirLeastToTheirGreatestValue) {
  const Shown shown{map_domain()};
  const SheetRow row = shown.preview.originals();
  EXPECT_EQ(row.title, "4 of 16 channels");
  const Tile& tile =
      row.tiles[0];  // channels 15, 14, ... in some order, side by side: 8 pixels a value, gaps of 2
  ASSERT_EQ(tile.width, 4 * 16 + 3 * 2);
  ASSERT_EQ(tile.height, 16);
  for (int map = 0; map < 4; ++map) {
    std::vector<int> greys;
    for (int i = 0; i < 4; ++i)
      greys.push_back(
          tile.rgb[static_cast<std::size_t>(3 * (i / 2 * 8 * tile.width + map * 18 + i % 2 * 8))]);
    EXPECT_EQ(*std::min_element(greys.begin(), greys.end()), 0) << "map " << map;
    EXPECT_EQ(*std::max_element(greys.begin(), greys.end()), 255) << "map " << map;
  }
}

TEST(CodecPreview, WhatACodecMakesDarkerThanTheOriginalStaysBlack) {
  const Shown shown{map_domain()};
  const SheetRow row = shown.preview.row_of(make_codec("quantize:states=2,range=-9:-8", shown.domain));
  for (const Tile& tile : row.tiles)
    for (const std::uint8_t byte : tile.rgb) ASSERT_TRUE(byte == 0 || byte == 255);  // black maps, white gaps
}

}  // namespace
}  // namespace packrat
