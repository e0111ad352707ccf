#include "engine/report/panel_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace packrat {
namespace {

/// Shares of the width and height that are left between panels.
struct Gaps {
  double x = 0, y = 0;
};

Gaps gaps_of(const Figure& figure) {
  const bool colour_bars = std::any_of(figure.panels.begin(), figure.panels.end(),
                                       [](const Panel& panel) { return panel.heat_map.has_value(); });
  const double wide = colour_bars ? 0.2 : figure.shared_axes ? 0.02 : 0.09;
  return {figure.columns > 1 ? wide : 0,
          row_count(figure) > 1
              ? (figure.shared_axes ? 0.1 : 0.22) / static_cast<double>(row_count(figure)) * 1.6
              : 0};
}

class Extent {
 public:
  explicit Extent(const Axis& axis) : axis_(axis) {}
  void add(double value) {
    if (!is_shown(axis_, value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  Interval interval() const {
    if (low_ > high_) return axis_.log ? Interval{1, 10} : Interval{0, 1};
    return {axis_.low.value_or(low_), axis_.high.value_or(high_)};
  }

 private:
  const Axis& axis_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
};

void add_panel(const Panel& panel, bool y, Extent& extent) {
  for (const Series& series : panel.series)
    for (const auto& points : series.states)
      for (const DataPoint& p : points) {
        extent.add(y ? p.y : p.x);
        if (y && p.low) extent.add(*p.low);
        if (y && p.high) extent.add(*p.high);
      }
  for (const ReferenceLine& line : panel.lines)
    if (line.vertical != y) extent.add(line.at);
  for (const ReferenceBand& band : panel.bands)
    if (band.vertical != y) extent.add(band.low), extent.add(band.high);
}

}  // namespace

std::size_t row_count(const Figure& figure) {
  const auto columns = static_cast<std::size_t>(figure.columns);
  return std::max<std::size_t>(1, (figure.panels.size() + columns - 1) / columns);
}

std::vector<PanelPlace> panel_places(const Figure& figure) {
  const Gaps gap = gaps_of(figure);
  const auto columns = static_cast<std::size_t>(figure.columns), rows = row_count(figure);
  const double width = (1 - gap.x * static_cast<double>(columns - 1)) / static_cast<double>(columns);
  const double height = (1 - gap.y * static_cast<double>(rows - 1)) / static_cast<double>(rows);
  std::vector<PanelPlace> places;
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    const std::size_t row = at / columns, column = at % columns;
    const double left = static_cast<double>(column) * (width + gap.x);
    const double top = 1 - static_cast<double>(row) * (height + gap.y);
    places.push_back(
        {left, left + width, top - height, top, column == 0, at + columns >= figure.panels.size()});
  }
  return places;
}

bool is_shown(const Axis& axis, double value) {
  return std::isfinite(value) && (!axis.log || value > 0);
}

Interval shown_interval(const Figure& figure, std::size_t panel, bool y) {
  Extent extent(y ? figure.panels[panel].y : figure.panels[panel].x);
  for (std::size_t at = 0; at < figure.panels.size(); ++at)
    if (at == panel || figure.shared_axes) add_panel(figure.panels[at], y, extent);
  return extent.interval();
}

}  // namespace packrat
