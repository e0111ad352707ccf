#pragma once
#include <cstddef>
#include <vector>

#include "engine/report/figure.h"

namespace packrat {

/// Where a panel lies: shares of the figure's width and height, from the left and from below.
struct PanelPlace {
  double left = 0, right = 1, bottom = 0, top = 1;
  bool leftmost = true, lowest = true;  ///< none to the left; none below
};

/// Panels from left to right, then down.
std::size_t row_count(const Figure& figure);
std::vector<PanelPlace> panel_places(const Figure& figure);

/// Low and high end of values; empty when high < low.
struct Interval {
  double low = 0, high = -1;
};

/// False for values that are not finite, or not positive on a logarithmic axis.
bool is_shown(const Axis& axis, double value);

/// What the panel's axis (y or x) has to show over all states: its range where that is given, else its data,
/// error bars, reference lines and bands; with shared_axes the data of all panels. {1, 10} or {0, 1} without
/// any.
Interval shown_interval(const Figure& figure, std::size_t panel, bool y);

}  // namespace packrat
