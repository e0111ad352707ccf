#include "engine/report/paper_layout.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/report/panel_grid.h"
#include "engine/report/text_width.h"

namespace packrat {
namespace {

// Centimetres, for text of kTextPoints.
constexpr double kColumnWidth = 8.5, kPageWidth = 17.8, kLine = 0.35;
constexpr double kLegendLine = 0.29, kLegendSample = 1.45;
constexpr double kNarrowestPanel = 1.2;
constexpr double kTickSpace = 0.85, kTickLine = 0.42, kRight = 0.25, kInnerGap = 0.22, kInnerGapX = 0.4,
                 kTitleGap = 0.2, kColourBar = 1.95;
constexpr double kLongTick = 0.93;             // "0.001" and a space
constexpr double kSlant = 0.77, kRise = 0.65;  // of names turned by 40 degrees: across, upwards

constexpr double kLineHeight = 0.96 * 2.54 / 72;  // of letters of a point

/// The widest line of a text.
double centimetres(const std::string& text, int points = kTextPoints) {
  double width = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    width = std::max(width, text_width(text.substr(begin, end - begin)) * points * 2.54 / 72);
    begin = end + 1;
  }
  return width;
}

/// A title in two lines where one is too long for its room, unless it has lines already.
std::string fitting_title(const std::string& title, double room) {
  const bool has_lines = title.find('\n') != std::string::npos;
  return has_lines || centimetres(title) <= room ? title : broken_in_two(title, 0);
}

double lines_in(const std::string& text) {
  return text.empty() ? 0 : 1 + static_cast<double>(std::count(text.begin(), text.end(), '\n'));
}

bool has_heat_map(const Figure& figure) {
  return std::any_of(figure.panels.begin(), figure.panels.end(),
                     [](const Panel& p) { return p.heat_map.has_value(); });
}

double longest(const Figure& figure, std::vector<std::string> HeatMap::*names) {
  double length = 0;
  for (const Panel& panel : figure.panels)
    if (panel.heat_map)
      for (const std::string& name : *panel.heat_map.*names) length = std::max(length, centimetres(name));
  return length;
}

/// A page's width for more panels beside each other, or columns of a heat map, than a column has room for.
bool is_wide(const Figure& figure) {
  return figure.columns > 2 || std::any_of(figure.panels.begin(), figure.panels.end(), [](const Panel& p) {
           return p.heat_map && p.heat_map->columns.size() > 6;
         });
}

double paper_width(const Figure& figure, double width_cm) {
  return width_cm > 0 ? width_cm : is_wide(figure) ? kPageWidth : kColumnWidth;
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
  double length = 0;
  for (const LegendEntry& entry : legend) length = std::max(length, centimetres(entry.name, kLegendPoints));
  const double entry_width = kLegendSample + length;
  const int columns = std::max(1, static_cast<int>(width / entry_width));
  return (static_cast<int>(legend.size()) + columns - 1) / columns;
}

double panel_height(const Figure& figure, double width) {
  double height = std::clamp(0.72 * width, 2.8, 5.6);
  for (const Panel& panel : figure.panels)
    if (panel.heat_map) height = std::max(height, 0.42 * static_cast<double>(panel.heat_map->rows.size()));
  return height;
}

/// One title of x stands for all panels beside and below each other.
bool has_one_x_title(const Figure& figure) {
  return figure.columns > 1 && std::all_of(figure.panels.begin(), figure.panels.end(), [&](const Panel& p) {
           return p.x.title == figure.panels[0].x.title;
         });
}

bool is_leftmost(const Figure& figure, std::size_t at) {
  return at % static_cast<std::size_t>(figure.columns) == 0;
}

/// The title of y is left out where the panel to the left has the same.
std::string y_title(const Figure& figure, std::size_t at, double room) {
  const std::string& title = figure.panels[at].y.title;
  const bool said = !is_leftmost(figure, at) && title == figure.panels[at - 1].y.title;
  return said ? "" : fitting_title(title, room);
}

/// Widths and heights that all panels have in common.
struct Frame {
  double left = 0, right = 0, above = 0, below = 0;  // around a panel
  double gap_x = 0, gap_y = 0;                       // between two
  double width = 0, height = 0;                      // of a panel
  double y_title_room = 0;                           // beside a panel
  bool upright = false;                              // names below the columns of heat maps
  double cell = 0;                                   // the narrowest of theirs
};

/// For the texts beside the ticks of y. "%g" writes at most six digits; powers of ten take less.
double tick_space(const Figure& figure) {
  double space = kTickSpace;
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    const Interval shown = axis_range(figure, at, true, 0);
    const double most = std::max(std::abs(shown.low), std::abs(shown.high));
    const bool thousandths = figure.panels[at].y.log && shown.low < 0.005;  // "0.001"
    if (!figure.panels[at].heat_map && (most >= 1000 || thousandths)) space = kTickSpace + 0.25;
  }
  return space;
}

/// What lies left and right of panels, whose titles of y have that room, and how large these become.
void place_across(const Figure& figure, double width_cm, double y_title_room, Frame& frame) {
  double outer_lines = 0, inner_lines = 0;  // of the titles of y
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    double& lines = is_leftmost(figure, at) ? outer_lines : inner_lines;
    lines = std::max(lines, lines_in(y_title(figure, at, y_title_room)));
  }
  const double columns_reach =  // of the first one's name
      frame.upright ? 0 : kSlant * longest(figure, &HeatMap::columns) - 0.3;
  const double ticks = std::max({tick_space(figure), longest(figure, &HeatMap::rows) + 0.35, columns_reach});
  frame.left = ticks + kTitleGap + outer_lines * kLine;
  frame.right = has_heat_map(figure) ? kColourBar : kRight;
  frame.gap_x = figure.shared_axes
                    ? kInnerGapX
                    : frame.right + ticks + (inner_lines > 0 ? kTitleGap + inner_lines * kLine : 0);
  const auto columns = static_cast<double>(figure.columns);
  frame.width = (width_cm - frame.left - frame.right - frame.gap_x * (columns - 1)) / columns;
  frame.height = panel_height(figure, frame.width);
  frame.y_title_room = y_title_room;
  frame.cell = frame.width;
  for (const Panel& panel : figure.panels)
    if (panel.heat_map)
      frame.cell = std::min(frame.cell, frame.width / static_cast<double>(panel.heat_map->columns.size()));
}

Frame frame_of(const Figure& figure, double width_cm) {
  Frame frame;
  place_across(figure, width_cm, kPageWidth, frame);  // no title is broken: how high are panels?
  frame.upright = frame.cell * kRise < kLineHeight * kTextPoints;
  place_across(figure, width_cm, frame.height + 0.4, frame);
  double title_lines = 0;
  for (const Panel& panel : figure.panels)
    title_lines = std::max(title_lines, lines_in(fitting_title(panel.title, frame.width)));
  frame.above = 0.15 + title_lines * kLine;
  const double names =
      std::max(kTickLine, longest(figure, &HeatMap::columns) * (frame.upright ? 1 : kRise) + 0.3);
  frame.below = names + (has_one_x_title(figure) ? 0 : 0.15 + kLine);
  frame.gap_y = frame.above + (figure.shared_axes ? kInnerGap : frame.below);
  return frame;
}

/// As many as have room beside each other: of a linear axis as wide as its ends' whole numbers, or as "0.25".
int most_x_ticks(const Figure& figure, std::size_t at, double width) {
  double tick = kLongTick;
  if (!figure.panels[at].x.log) {
    const Interval shown = axis_range(figure, at, false, 0);
    const double most = std::max(std::abs(shown.low), std::abs(shown.high));
    const int digits = most < 10 ? 4 : static_cast<int>(std::log10(most)) + 1;
    tick = centimetres(std::string(static_cast<std::size_t>(digits), '0')) + 0.35;
  }
  return std::max(2, static_cast<int>(width / tick));
}

PaperPanel paper_panel(const Figure& figure, std::size_t at, const Frame& frame) {
  const Panel& panel = figure.panels[at];
  const PanelPlace grid = panel_places(figure)[at];
  PaperPanel paper;
  paper.title = fitting_title(panel.title, frame.width);
  paper.x_ticks = !figure.shared_axes || grid.lowest;
  paper.y_ticks = !figure.shared_axes || grid.leftmost;
  if (!has_one_x_title(figure) && paper.x_ticks) paper.x_title = panel.x.title;
  if (!figure.shared_axes || grid.leftmost) paper.y_title = y_title(figure, at, frame.y_title_room);
  paper.upright_names = frame.upright;
  paper.name_points = std::clamp(static_cast<int>(frame.cell / kLineHeight), 3, kTextPoints);
  paper.most_x_ticks = most_x_ticks(figure, at, frame.width);
  return paper;
}

/// The widest word of the titles, which no line is shorter than.
double widest_word(const Figure& figure) {
  double width = 0;
  for (const Panel& panel : figure.panels)
    width = std::max(width, centimetres(fitting_title(panel.title, 0)));
  return width;
}

}  // namespace

int fitting_columns(const Figure& figure, double width_cm) {
  Figure narrower = figure;
  const double title = std::max(widest_word(figure), kNarrowestPanel);
  while (narrower.columns > 1 && frame_of(narrower, paper_width(figure, width_cm)).width < title) do
      --narrower.columns;
    while (figure.columns % narrower.columns != 0);
  return narrower.columns;
}

std::string broken_in_two(const std::string& text, std::size_t characters) {
  if (text.size() <= characters) return text;
  std::size_t best = std::string::npos, length = text.size();
  for (std::size_t at = text.find(' '); at != std::string::npos; at = text.find(' ', at + 1)) {
    const std::size_t longer = std::max(at, text.size() - at - 1);
    if (longer < length) best = at, length = longer;
  }
  if (best == std::string::npos) return text;
  return text.substr(0, best) + "\n" + text.substr(best + 1);
}

PaperLayout paper_layout(const Figure& figure, double width_cm) {
  PaperLayout layout;
  layout.width_cm = paper_width(figure, width_cm);
  layout.legend = legend_of(figure);
  layout.legend_rows = legend_rows(layout.legend, layout.width_cm - 0.3);
  const Frame frame = frame_of(figure, layout.width_cm);
  const auto columns = static_cast<std::size_t>(figure.columns), rows = row_count(figure);
  const double legend = layout.legend.empty() ? 0 : kLegendLine * layout.legend_rows + 0.25;
  const bool one_title = !figure.panels.empty() && has_one_x_title(figure);
  const double title = one_title ? 0.1 + kLine : 0;
  layout.height_cm = frame.above + static_cast<double>(rows) * frame.height +
                     frame.gap_y * static_cast<double>(rows - 1) + frame.below + title + legend;
  layout.legend_box = {0, 1, 0, legend / layout.height_cm};
  if (one_title) layout.x_title = figure.panels[0].x.title;
  layout.x_title_at = (legend + 0.1 + kLine / 2) / layout.height_cm;
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    PaperPanel panel = paper_panel(figure, at, frame);
    const double x = frame.left + static_cast<double>(at % columns) * (frame.width + frame.gap_x);
    const double y =
        layout.height_cm - frame.above - static_cast<double>(at / columns) * (frame.height + frame.gap_y);
    panel.box = {x / layout.width_cm, (x + frame.width) / layout.width_cm,
                 (y - frame.height) / layout.height_cm, y / layout.height_cm};
    layout.panels.push_back(std::move(panel));
  }
  return layout;
}

}  // namespace packrat
