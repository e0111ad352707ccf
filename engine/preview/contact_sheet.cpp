#include "engine/preview/contact_sheet.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr int kGap = 6, kMargin = 10, kLine = 17, kGreatestCompression = 9;
constexpr std::size_t kLetters = 30;  // of a line of the title
constexpr double kFontScale = 0.42;
const cv::Scalar kWhite(255, 255, 255), kBlack(0, 0, 0), kGrey(110, 110, 110);  // BGR

cv::Mat bgr_of(const Tile& tile) {
  cv::Mat rgb(tile.height, tile.width, CV_8UC3, const_cast<std::uint8_t*>(tile.rgb.data())), bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

/// The title in lines: as much as fits, broken behind a separator of codec specs where there is one.
std::vector<std::string> lines_of(std::string_view title) {
  std::vector<std::string> lines;
  while (title.size() > kLetters) {
    const std::size_t separator = title.substr(0, kLetters).find_last_of("|,: ");
    const std::size_t length =
        separator == std::string_view::npos || separator == 0 ? kLetters : separator + 1;
    lines.emplace_back(title.substr(0, length));
    title.remove_prefix(length);
  }
  lines.emplace_back(title);
  return lines;
}

int text_width(const std::string& text) {
  int baseline = 0;
  return cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kFontScale, 1, &baseline).width;
}

/// A row of the sheet, measured.
struct Line {
  explicit Line(const SheetRow& row) : tiles(row.tiles) {
    for (const std::string& text : lines_of(row.title)) texts.emplace_back(text, kBlack);
    for (const std::string& text : row.notes) texts.emplace_back(text, kGrey);
    for (const auto& [text, colour] : texts) words_width = std::max(words_width, text_width(text));
    for (const Tile& tile : tiles) {
      tiles_width += tile.width + kGap;
      height = std::max(height, tile.height);
    }
    height = std::max(height, kLine * static_cast<int>(texts.size()));
  }

  void draw(cv::Mat& sheet, int top, int tiles_left) const {
    const int words_top = top + (height - kLine * static_cast<int>(texts.size())) / 2;
    for (std::size_t i = 0; i < texts.size(); ++i)
      cv::putText(sheet, texts[i].first, {kMargin, words_top + kLine * static_cast<int>(i) + kLine - 5},
                  cv::FONT_HERSHEY_SIMPLEX, kFontScale, texts[i].second, 1, cv::LINE_AA);
    int left = tiles_left;
    for (const Tile& tile : tiles) {
      bgr_of(tile).copyTo(sheet(cv::Rect(left, top, tile.width, tile.height)));
      left += tile.width + kGap;
    }
  }

  const std::vector<Tile>& tiles;
  std::vector<std::pair<std::string, cv::Scalar>> texts;
  int words_width = 0, tiles_width = 0, height = 0;
};

}  // namespace

Tile enlarged(const Tile& tile, int factor) {
  Tile large{tile.width * factor, tile.height * factor, {}};
  large.rgb.reserve(static_cast<std::size_t>(large.width) * static_cast<std::size_t>(large.height) * 3);
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x) {
      const std::uint8_t* pixel = tile.rgb.data() + 3 * (y / factor * tile.width + x / factor);
      large.rgb.insert(large.rgb.end(), pixel, pixel + 3);
    }
  return large;
}

Tile grid_of(const std::vector<Tile>& tiles, int columns, int gap) {
  const int count = static_cast<int>(tiles.size()), rows = (count + columns - 1) / columns;
  const int step_x = tiles.front().width + gap, step_y = tiles.front().height + gap;
  Tile grid{std::min(columns, count) * step_x - gap, rows * step_y - gap, {}};
  grid.rgb.assign(static_cast<std::size_t>(grid.width) * static_cast<std::size_t>(grid.height) * 3, 255);
  for (int i = 0; i < count; ++i) {
    const Tile& tile = tiles[static_cast<std::size_t>(i)];
    for (int y = 0; y < tile.height; ++y) {
      const int at = (i / columns * step_y + y) * grid.width + i % columns * step_x;
      std::copy_n(tile.rgb.begin() + 3 * y * tile.width, 3 * tile.width, grid.rgb.begin() + 3 * at);
    }
  }
  return grid;
}

std::vector<std::uint8_t> draw_contact_sheet(const std::vector<SheetRow>& rows) {
  std::vector<Line> lines(rows.begin(), rows.end());
  int words = 0, tiles = 0, height = kMargin;
  for (const Line& line : lines) {
    words = std::max(words, line.words_width);
    tiles = std::max(tiles, line.tiles_width);
    height += line.height + kGap;
  }
  const int tiles_left = kMargin + words + 2 * kGap;
  cv::Mat sheet(height - kGap + kMargin, tiles_left + tiles - kGap + kMargin, CV_8UC3, kWhite);
  int top = kMargin;
  for (const Line& line : lines) {
    line.draw(sheet, top, tiles_left);
    top += line.height + kGap;
  }
  std::vector<std::uint8_t> png;
  if (!cv::imencode(".png", sheet, png, {cv::IMWRITE_PNG_COMPRESSION, kGreatestCompression}))
    throw Error("OpenCV cannot write PNG");
  return png;
}

}  // namespace packrat
