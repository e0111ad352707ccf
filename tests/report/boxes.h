#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/report/example_figures.h"

namespace packrat {

// Rectangles of shares: PanelPlace, ScreenBox.

/// Two that have no point in common.
template <typename Box>
void expect_apart(const Box& a, const Box& b, const std::string& which) {
  EXPECT_TRUE(a.right <= b.left || b.right <= a.left || a.top <= b.bottom || b.top <= a.bottom) << which;
}

/// One within the picture, and not too small to be seen.
template <typename Box>
void expect_inside(const Box& box, const std::string& which) {
  constexpr double rounding = 1e-9;
  EXPECT_GE(box.left, -rounding) << which;
  EXPECT_LE(box.right, 1 + rounding) << which;
  EXPECT_GE(box.bottom, -rounding) << which;
  EXPECT_LE(box.top, 1 + rounding) << which;
  EXPECT_GT(box.right - box.left, 0.05) << which;
  EXPECT_GT(box.top - box.bottom, 0.05) << which;
}

/// Figures with 1 to 13 panels in 1 to 6 columns, with axes of their own and shared ones.
inline std::vector<Figure> grids() {
  std::vector<Figure> figures;
  for (const bool shared : {false, true})
    for (int columns = 1; columns <= 6; ++columns)
      for (int panels = columns; panels <= std::min(13, 3 * columns); ++panels) {
        Figure figure{fmt::format("{} panels in {} columns, shared {}", panels, columns, shared)};
        figure.columns = columns;
        figure.shared_axes = shared;
        figure.panels.assign(static_cast<std::size_t>(panels), shared_figure().panels[0]);
        figures.push_back(figure);
      }
  return figures;
}

}  // namespace packrat
