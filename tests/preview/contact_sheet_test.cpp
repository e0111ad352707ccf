#include "engine/preview/contact_sheet.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

namespace packrat {
namespace {

Tile flat(int width, int height, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  Tile tile{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  for (std::size_t i = 0; i < tile.rgb.size(); i += 3) {
    tile.rgb[i] = red;
    tile.rgb[i + 1] = green;
    tile.rgb[i + 2] = blue;
  }
  return tile;
}

cv::Vec3b rgb_at(const Tile& tile, int x, int y) {
  const std::uint8_t* p = tile.rgb.data() + 3 * (y * tile.width + x);
  return {p[0], p[1], p[2]};
}

TEST(Tile, EnlargedTurnsEveryPixelIntoASquare) {
  const Tile small{2, 1, {1, 2, 3, 4, 5, 6}}, large = enlarged(small, 3);
  ASSERT_EQ(large.width, 6);
  ASSERT_EQ(large.height, 3);
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 6; ++x) EXPECT_EQ(rgb_at(large, x, y), rgb_at(small, x / 3, 0));
}

TEST(Tile, AGridHasGapsOfWhiteAndRowsOfColumns) {
  const Tile a = flat(2, 2, 10, 0, 0), b = flat(2, 2, 0, 20, 0), c = flat(2, 2, 0, 0, 30);
  const Tile grid = grid_of({a, b, c}, 2, 1);
  ASSERT_EQ(grid.width, 5);
  ASSERT_EQ(grid.height, 5);
  EXPECT_EQ(rgb_at(grid, 1, 1), cv::Vec3b(10, 0, 0));
  EXPECT_EQ(rgb_at(grid, 3, 0), cv::Vec3b(0, 20, 0));
  EXPECT_EQ(rgb_at(grid, 0, 4), cv::Vec3b(0, 0, 30));
  for (const auto& [x, y] : {std::pair(2, 0), {0, 2}, {4, 4}})
    EXPECT_EQ(rgb_at(grid, x, y), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(grid_of({a}, 4, 1).width, 2);
}

TEST(ContactSheet, ShowsEveryTileBelowAndBesideTheOthersInItsColours) {
  const std::vector<SheetRow> rows{
      {"original", {"3072 bytes"}, {flat(40, 60, 255, 0, 0), flat(40, 60, 0, 255, 0)}},
      {"a codec with a name:much=longer,than=one|line:of=text",
       {"1 byte", "10 dB"},
       {flat(40, 20, 0, 0, 255)}}};
  const std::vector<std::uint8_t> png = draw_contact_sheet(rows);
  const cv::Mat sheet = cv::imdecode(png, cv::IMREAD_COLOR);
  ASSERT_FALSE(sheet.empty());
  int red = 0, green = 0, blue = 0, dark = 0;
  for (int y = 0; y < sheet.rows; ++y)
    for (int x = 0; x < sheet.cols; ++x) {
      const cv::Vec3b bgr = sheet.at<cv::Vec3b>(y, x);
      red += bgr == cv::Vec3b(0, 0, 255);
      green += bgr == cv::Vec3b(0, 255, 0);
      blue += bgr == cv::Vec3b(255, 0, 0);
      dark += bgr[0] < 120 && bgr[1] < 120 && bgr[2] < 120;
    }
  EXPECT_EQ(red, 40 * 60);
  EXPECT_EQ(green, 40 * 60);
  EXPECT_EQ(blue, 40 * 20);
  EXPECT_GT(dark, 300) << "words";
}

}  // namespace
}  // namespace packrat
