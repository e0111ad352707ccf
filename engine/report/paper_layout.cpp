#include "engine/report/paper_layout.h"

#include <algorithm>
#include <set>

#include "engine/report/panel_grid.h"

namespace packrat {
namespace {

// Centimetres, for text of 8 points.
constexpr double kColumnWidth = 8.5, kPageWidth = 17.8, kCharacter = 0.145, kLine = 0.36;
constexpr double kTickSpace = 0.85, kTitleSpace = 0.45, kRight = 0.25, kInnerGap = 0.22, kColourBar = 1.5;

bool has_heat_map(const Figure& figure) {
  return std::any_of(figure.panels.begin(), figure.panels.end(),
                     [](const Panel& p) { return p.heat_map.has_value(); });
}

bool has_title(const Figure& figure) {
  return std::any_of(figure.panels.begin(), figure.panels.end(),
                     [](const Panel& p) { return !p.title.empty(); });
}

double longest(const Figure& figure, std::vector<std::string> HeatMap::*names) {
  std::size_t length = 0;
  for (const Panel& panel : figure.panels)
    if (panel.heat_map)
      for (const std::string& name : *panel.heat_map.*names) length = std::max(length, name.size());
  return static_cast<double>(length) * kCharacter;
}

/// A page's width for more panels beside each other, or columns of a heat map, than a column has room for.
bool is_wide(const Figure& figure) {
  return figure.columns > 2 || std::any_of(figure.panels.begin(), figure.panels.end(), [](const Panel& p) {
           return p.heat_map && p.heat_map->columns.size() > 6;
         });
}

std::vector<LegendEntry> legend_of(const Figure& figure) {
  std::vector<LegendEntry> entries;
  std::set<std::string> names;
  const auto add = [&](const LegendEntry& entry) {
    if (names.insert(entry.name).second) entries.push_back(entry);
  };
  for (const Panel& panel : figure.panels)
    for (const Series& s : panel.series)
      if (!s.states.empty() && !s.states[0].empty())
        add({LegendEntry::Kind::kSeries, s.name, s.key, s.variant, s.mark});
  for (const Panel& panel : figure.panels) {
    for (const ReferenceLine& line : panel.lines) add({LegendEntry::Kind::kLine, line.label, line.key});
    for (const ReferenceBand& band : panel.bands) add({LegendEntry::Kind::kBand, band.label, band.key});
  }
  return entries.size() > 1 ? entries : std::vector<LegendEntry>{};
}

/// As many columns as the longest name leaves room for.
int legend_rows(const std::vector<LegendEntry>& legend, double width) {
  std::size_t length = 0;
  for (const LegendEntry& entry : legend) length = std::max(length, entry.name.size());
  const int columns = std::max(1, static_cast<int>(width / (1.1 + static_cast<double>(length) * kCharacter)));
  return (static_cast<int>(legend.size()) + columns - 1) / columns;
}

double panel_height(const Figure& figure, double width) {
  double height = std::clamp(0.72 * width, 2.6, 5.6);
  for (const Panel& panel : figure.panels)
    if (panel.heat_map) height = std::max(height, 0.42 * static_cast<double>(panel.heat_map->rows.size()));
  return height;
}

}  // namespace

PaperLayout paper_layout(const Figure& figure, double width_cm) {
  PaperLayout layout;
  layout.width_cm = width_cm > 0 ? width_cm : is_wide(figure) ? kPageWidth : kColumnWidth;
  layout.legend = legend_of(figure);
  layout.legend_rows = legend_rows(layout.legend, layout.width_cm - 0.4);
  const auto columns = static_cast<std::size_t>(figure.columns), rows = row_count(figure);

  const double row_names = longest(figure, &HeatMap::rows), column_names = longest(figure, &HeatMap::columns);
  const double left = std::max(kTickSpace, row_names) + kTitleSpace;
  const double below = std::max(kLine + 0.15, column_names * 0.75) + kTitleSpace,
               above = has_title(figure) ? 0.5 : 0.2;
  const double right = has_heat_map(figure) ? kColourBar : kRight;
  const bool shared = figure.shared_axes;
  const double gap_x = shared ? kInnerGap : left + right, gap_y = above + (shared ? kInnerGap : below);

  const double width = (layout.width_cm - left - right - gap_x * static_cast<double>(columns - 1)) /
                       static_cast<double>(columns);
  const double height = panel_height(figure, width);
  const double legend = layout.legend.empty() ? 0 : kLine * layout.legend_rows + 0.15;
  layout.height_cm =
      above + static_cast<double>(rows) * height + gap_y * static_cast<double>(rows - 1) + below + legend;
  layout.legend_box = {0, 1, 0, legend / layout.height_cm};
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    const double x = left + static_cast<double>(at % columns) * (width + gap_x);
    const double y = layout.height_cm - above - static_cast<double>(at / columns) * (height + gap_y);
    layout.panels.push_back({x / layout.width_cm, (x + width) / layout.width_cm,
                             (y - height) / layout.height_cm, y / layout.height_cm});
  }
  return layout;
}

}  // namespace packrat
