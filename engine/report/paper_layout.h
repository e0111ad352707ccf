#pragma once
#include <string>
#include <vector>

#include "engine/report/figure.h"

namespace packrat {

/// A rectangle as shares of the picture's width and height, from the lower left corner.
struct ScreenBox {
  double left = 0, right = 1, bottom = 0, top = 1;
};

/// Where an axis's rectangle lies, and what is written around it. Lines of a text are split by '\n'.
struct PaperPanel {
  ScreenBox box;  ///< without ticks and titles
  std::string title, x_title, y_title;
  bool x_ticks = true, y_ticks = true;  ///< texts beside the ticks
  int most_x_ticks = 5;                 ///< as many as have room beside each other
  bool upright_names = false;           ///< below a heat map's columns, else slanted
  int name_points = 8;                  ///< their size
};

struct LegendEntry {
  enum class Kind { kSeries, kLine, kBand };
  Kind kind = Kind::kSeries;
  std::string name, key;
  int variant = 0;
  Mark mark = Mark::kLinePoints;
};

/// Where everything of a paper figure lies.
struct PaperLayout {
  double width_cm = 0, height_cm = 0;
  std::vector<PaperPanel> panels;
  std::string x_title;              ///< below all panels, when they have the same
  double x_title_at = 0;            ///< its height, as a share
  std::vector<LegendEntry> legend;  ///< empty when there is nothing to tell apart
  int legend_rows = 0;
  ScreenBox legend_box;
};

/// Sizes of texts in points.
inline constexpr int kTextPoints = 8, kLegendPoints = 7;

/// Lays the panels out on `width_cm` (0: by the number of panels beside each other, as in PaperFormat).
PaperLayout paper_layout(const Figure& figure, double width_cm);

/// Panels that have room beside each other on that width, titles included: the figure's columns, or a divisor
/// of them.
int fitting_columns(const Figure& figure, double width_cm);

/// Breaks a text at the space that makes its longer line shortest; unchanged when it has at most
/// `characters`, or no space.
std::string broken_in_two(const std::string& text, std::size_t characters);

}  // namespace packrat
