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
/// The same for a cell of a heat map, which may be empty.
bool is_shown(const HeatMap& map, const std::optional<double>& cell);

/// Range of the panel's axis (y or x) in a state: what it gives itself, else room for data, error bars,
/// reference lines and bands; with shared_axes for those of all panels. Linear axes of y begin at 0 where
/// nothing is negative; logarithmic ones cover a decade at least.
Interval axis_range(const Figure& figure, std::size_t panel, bool y, std::size_t state);

/// True when a logarithmic axis has room for few decades only, so that 2 and 5 get ticks, too.
bool is_short_log(const Interval& range);

}  // namespace packrat
