#pragma once
#include <string>
#include <vector>

#include "engine/report/figure.h"

namespace packrat {

/// A rectangle as shares of the picture's width and height, from the lower left corner.
struct ScreenBox {
  double left = 0, right = 1, bottom = 0, top = 1;
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
  std::vector<ScreenBox> panels;    ///< the axes' rectangles, without ticks and titles
  std::vector<LegendEntry> legend;  ///< empty when there is nothing to tell apart
  int legend_rows = 0;
  ScreenBox legend_box;
};

/// Lays the panels out on `width_cm` (0: by the number of panels beside each other, as in PaperFormat).
PaperLayout paper_layout(const Figure& figure, double width_cm);

}  // namespace packrat
