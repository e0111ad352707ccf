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
              ? (figure.shared_axes ? 0.1 : 0.14) / static_cast<double>(row_count(figure)) * 1.6
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
    return {low_, high_};
  }

 private:
  const Axis& axis_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
};

Interval with_log_room(const Interval& data) {
  const double decades = std::log10(data.high / data.low);
  const double factor = std::pow(10.0, std::max(0.06 * decades, (1 - decades) / 2));
  return {data.low / factor, data.high * factor};
}

Interval with_room(const Interval& data, bool y) {
  const double width = data.high - data.low,
               room = width > 0 ? 0.05 * width : 0.05 * std::max(1.0, std::abs(data.high));
  return {y && data.low >= 0 ? 0 : data.low - room, data.high + room};
}

void add_panel(const Panel& panel, bool y, std::size_t state, Extent& extent) {
  for (const Series& series : panel.series)
    for (const DataPoint& p : points_of(series, state)) {
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

bool is_shown(const HeatMap& map, const std::optional<double>& cell) {
  return cell && std::isfinite(*cell) && (!map.log || *cell > 0);
}

Interval axis_range(const Figure& figure, std::size_t panel, bool y, std::size_t state) {
  const Axis& axis = y ? figure.panels[panel].y : figure.panels[panel].x;
  Extent extent(axis);
  for (std::size_t at = 0; at < figure.panels.size(); ++at)
    if (at == panel || figure.shared_axes) add_panel(figure.panels[at], y, state, extent);
  const Interval data = extent.interval(), roomy = axis.log ? with_log_room(data) : with_room(data, y);
  return {axis.low.value_or(roomy.low), axis.high.value_or(roomy.high)};
}

bool is_short_log(const Interval& range) {
  return std::log10(range.high / range.low) < 2;
}

}  // namespace packrat
