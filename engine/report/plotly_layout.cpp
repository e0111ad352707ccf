#include "engine/report/plotly_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/report/marks.h"
#include "engine/report/palette.h"
#include "engine/report/panel_grid.h"

namespace packrat {
namespace {

using nlohmann::json;

// Pixels of the page; the width follows the window.
constexpr double kPanelHeight = 330, kSmallPanelHeight = 230, kHeatRowHeight = 26, kRowGap = 62,
                 kTopMargin = 34, kBottomMargin = 62;
constexpr int kPanelWidth = 330, kSmallPanelWidth = 170;  // least, with ticks and a share of the legend

/// More than two panels beside each other are small ones.
bool is_small(const Figure& figure) {
  return figure.columns > 2;
}

/// What of an axis follows from the state: its range, and ticks at decades, or closer, or further apart in a
/// small panel.
json axis_state(const Axis& axis, const Interval& range, bool small) {
  if (!axis.log) return {{"range", {range.low, range.high}}};
  const double low = std::log10(range.low), high = std::log10(range.high);
  json state = {{"range", {low, high}}, {"dtick", "D2"}};
  if (small || !is_short_log(range)) {
    state["dtick"] = std::max(1, static_cast<int>(std::ceil((high - low) / (small ? 3 : 9))));
    state["minor"] = {{"dtick", "D1"}, {"ticks", "outside"}, {"ticklen", 3}};
  }
  return state;
}

json axis_json(const Axis& axis) {
  json out = {{"ticks", "outside"}, {"ticklen", 5},        {"showline", true},
              {"mirror", true},     {"linecolor", "#444"}, {"gridcolor", "#e8e8e8"},
              {"zeroline", false},  {"automargin", true},  {"title", {{"standoff", 8}}}};
  if (axis.log) out.update({{"type", "log"}, {"tickformat", "~g"}, {"tickangle", 0}});
  if (axis.step) out["dtick"] = *axis.step;
  return out;
}

/// The two axes of a panel; of shared ones only the outer ones have ticks' texts and titles.
void add_axes(const Figure& figure, std::size_t at, const PanelPlace& place, json& layout) {
  const Panel& panel = figure.panels[at];
  const std::string number = axis_number(at), x = "xaxis" + number, y = "yaxis" + number;
  layout[x] = axis_json(panel.x);
  layout[y] = axis_json(panel.y);
  layout[x]["domain"] = {place.left, place.right};
  layout[y]["domain"] = {place.bottom, place.top};
  layout[x]["anchor"] = "y" + number;
  layout[y]["anchor"] = "x" + number;
  if (panel.heat_map) {
    layout[x]["type"] = layout[y]["type"] = "category";
    layout[y]["autorange"] = "reversed";
  }
  if (figure.shared_axes && at > 0) {
    layout[x]["matches"] = "x";
    layout[y]["matches"] = "y";
  }
  const bool outer_x = !figure.shared_axes || place.lowest, outer_y = !figure.shared_axes || place.leftmost;
  layout[x]["showticklabels"] = outer_x;
  layout[y]["showticklabels"] = outer_y;
  layout[x]["title"]["text"] = figure.shared_axes ? "" : plotly_text(panel.x.title);
  layout[y]["title"]["text"] = outer_y ? plotly_text(panel.y.title) : "";
}

json colour_scale() {
  json scale = json::array();
  for (std::size_t s = 0; s < kHeatStops.size(); ++s)
    scale.push_back({static_cast<double>(s) / (kHeatStops.size() - 1), kHeatStops[s]});
  return scale;
}

/// Where a logarithmic colour bar has its ticks: at the decades.
json decade_ticks(const HeatMap& map) {
  double low = 1e300, high = -1e300;
  for (const auto& row : map.values)
    for (const auto& cell : row)
      if (is_shown(map, cell))
        low = std::min(low, std::log10(*cell)), high = std::max(high, std::log10(*cell));
  json values = json::array(), texts = json::array();
  for (int decade = static_cast<int>(std::floor(low)); decade <= std::ceil(high) && low <= high; ++decade) {
    values.push_back(decade);
    texts.push_back(fmt::format("{:g}", std::pow(10.0, decade)));
  }
  return {{"tickmode", "array"}, {"tickvals", values}, {"ticktext", texts}};
}

/// The colours of a heat map, and their bar to its right.
json colour_axis(const HeatMap& map, const PanelPlace& place) {
  json bar = {{"title", {{"text", plotly_text(map.unit)}, {"side", "right"}}},
              {"x", place.right + 0.01},
              {"y", (place.bottom + place.top) / 2},
              {"len", place.top - place.bottom},
              {"thickness", 12}};
  if (map.log) bar.update(decade_ticks(map));
  return {{"colorscale", colour_scale()}, {"colorbar", bar}};
}

/// The one title of x under panels that share it.
json shared_title(const Figure& figure) {
  return {{"text", plotly_text(figure.panels[0].x.title)},
          {"xref", "paper"},
          {"yref", "paper"},
          {"x", 0.5},
          {"y", 0},
          {"xanchor", "center"},
          {"yanchor", "top"},
          {"yshift", -28},
          {"showarrow", false},
          {"font", {{"size", 13}}}};
}

json panel_title(const Panel& panel, std::size_t at, bool small) {
  const std::string number = axis_number(at);
  return {{"text", "<b>" + plotly_text(panel.title) + "</b>"},
          {"xref", "x" + number + " domain"},
          {"yref", "y" + number + " domain"},
          {"x", 0.5},
          {"y", 1.0},
          {"xanchor", "center"},
          {"yanchor", "bottom"},
          {"yshift", 3},
          {"showarrow", false},
          {"font", {{"size", small ? 11 : 12}}}};
}

/// A shape from `from` to `to` across the panel, in the legend once.
json shape(const std::string& label, std::size_t at, bool vertical, double from, double to,
           std::set<std::string>& in_legend) {
  const std::string number = axis_number(at), along = vertical ? "x" : "y", across = vertical ? "y" : "x";
  return {{"name", plotly_text(label)},
          {"legendgroup", label},
          {"showlegend", in_legend.insert(label).second},
          {"layer", "below"},
          {along + "ref", along + number},
          {across + "ref", across + number + " domain"},
          {along + "0", from},
          {along + "1", to},
          {across + "0", 0},
          {across + "1", 1}};
}

void add_shapes(const Panel& panel, std::size_t at, std::set<std::string>& in_legend, json& shapes) {
  for (const ReferenceBand& band : panel.bands) {
    json s = shape(band.label, at, band.vertical, band.low, band.high, in_legend);
    s.update({{"type", "rect"}, {"fillcolor", tint(colour_of(band.key), 0.8)}, {"line", {{"width", 0}}}});
    shapes.push_back(s);
  }
  for (const ReferenceLine& line : panel.lines) {
    json s = shape(line.label, at, line.vertical, line.at, line.at, in_legend);
    s.update(
        {{"type", "line"}, {"line", {{"color", colour_of(line.key)}, {"width", 1.4}, {"dash", "dash"}}}});
    shapes.push_back(s);
  }
}

/// Series, lines and bands, each name once.
std::set<std::string> series_names(const Figure& figure) {
  std::set<std::string> names;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series) names.insert(series.name);
  return names;
}

/// Of one panel: rows of heat maps are as high as their text needs.
double panel_height(const Figure& figure, bool small) {
  if (small) return kSmallPanelHeight;
  double rows = 0;
  for (const Panel& panel : figure.panels)
    if (panel.heat_map) rows = std::max(rows, static_cast<double>(panel.heat_map->rows.size()));
  return rows > 0 ? std::max(kSmallPanelHeight / 2, rows * kHeatRowHeight) : kPanelHeight;
}

json layout_json(const Figure& figure, bool small) {
  const std::vector<PanelPlace> places = panel_places(figure);
  json annotations = json::array(), shapes = json::array(), layout = json::object();
  std::set<std::string> in_legend = series_names(figure);
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    const Panel& panel = figure.panels[at];
    add_shapes(panel, at, in_legend, shapes);
    add_axes(figure, at, places[at], layout);
    if (panel.heat_map) layout["coloraxis" + axis_number(at)] = colour_axis(*panel.heat_map, places[at]);
    if (!panel.title.empty()) annotations.push_back(panel_title(panel, at, small));
  }
  if (figure.shared_axes && !figure.panels.empty()) annotations.push_back(shared_title(figure));
  const double rows = static_cast<double>(row_count(figure));
  const double height = rows * panel_height(figure, small) + (rows - 1) * kRowGap;
  layout.update(
      {{"height", height + kTopMargin + kBottomMargin},
       {"margin", {{"t", kTopMargin}, {"b", kBottomMargin}, {"l", 64}, {"r", 16}}},
       {"annotations", annotations},
       {"shapes", shapes},
       {"showlegend", in_legend.size() > 1},
       {"legend", {{"font", {{"size", 11}}}, {"tracegroupgap", 0}, {"groupclick", "togglegroup"}}},
       {"font", {{"family", "Helvetica, Arial, sans-serif"}, {"size", 12}, {"color", "#222"}}},
       {"hovermode", "closest"},
       {"hoverlabel", {{"align", "left"}, {"bgcolor", "#fff"}, {"font", {{"color", "#222"}, {"size", 12}}}}},
       {"plot_bgcolor", "#fff"},
       {"paper_bgcolor", "#fff"}});
  return layout;
}

/// How many panels stand side by side, from the widest screen to the narrowest.
std::vector<int> column_choices(const Figure& figure) {
  std::vector<int> choices{figure.columns};
  for (const int fewer : {(figure.columns + 1) / 2, is_small(figure) ? 2 : 1})
    if (fewer < choices.back()) choices.push_back(fewer);
  return choices;
}

}  // namespace

std::string axis_number(std::size_t panel) {
  return panel == 0 ? "" : fmt::format("{}", panel + 1);
}

std::string plotly_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '\n')
      out += "<br>";
    else
      out += c;
  }
  return out;
}

json plotly_layouts(const Figure& figure) {
  const bool small = is_small(figure);
  const std::vector<int> choices = column_choices(figure);
  json layouts = json::array();
  for (const int columns : choices) {
    Figure arranged = figure;
    arranged.columns = columns;
    const int width = columns == choices.back() ? 0 : columns * (small ? kSmallPanelWidth : kPanelWidth);
    layouts.push_back({{"min_width", width}, {"layout", layout_json(arranged, small)}});
  }
  return layouts;
}

json axis_states(const Figure& figure) {
  const bool small = is_small(figure);
  json states = json::array();
  for (std::size_t state = 0; state < state_count(figure); ++state) {
    json axes = json::object();
    for (std::size_t at = 0; at < figure.panels.size(); ++at) {
      if (figure.panels[at].heat_map) continue;
      axes["xaxis" + axis_number(at)] =
          axis_state(figure.panels[at].x, axis_range(figure, at, false, state), small);
      axes["yaxis" + axis_number(at)] =
          axis_state(figure.panels[at].y, axis_range(figure, at, true, state), small);
    }
    states.push_back(axes);
  }
  return states;
}

}  // namespace packrat
