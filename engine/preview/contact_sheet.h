#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace packrat {

/// A small picture: `width` x `height` pixels of three bytes, red, green, blue, row by row.
struct Tile {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

/// Every pixel as a square of factor x factor.
Tile enlarged(const Tile& tile, int factor);

/// Tiles of one size, `columns` side by side, row below row, `gap` white pixels between them.
Tile grid_of(const std::vector<Tile>& tiles, int columns, int gap);

/// A line of a contact sheet: words at the left, tiles beside them.
struct SheetRow {
  std::string title;               ///< cut into lines where it is too long
  std::vector<std::string> notes;  ///< a line each, in grey, below the title
  std::vector<Tile> tiles;
};

/// The rows one below another, as a PNG file. Text is shown in ASCII.
std::vector<std::uint8_t> draw_contact_sheet(const std::vector<SheetRow>& rows);

}  // namespace packrat
