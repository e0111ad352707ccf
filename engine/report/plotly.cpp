#include "engine/report/plotly.h"

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

/// "" for the first axis, "2" for the second: Plotly's names.
std::string axis_number(std::size_t panel) {
  return panel == 0 ? "" : fmt::format("{}", panel + 1);
}

/// Plotly reads a little HTML in its texts.
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

json value_on(const Axis& axis, double value) {
  return is_shown(axis, value) ? json(value) : json();
}

json error_bars(const std::vector<DataPoint>& points) {
  json up = json::array(), down = json::array();
  bool any = false;
  for (const DataPoint& p : points) {
    any = any || p.low || p.high;
    up.push_back(p.high ? *p.high - p.y : 0.0);
    down.push_back(p.low ? p.y - *p.low : 0.0);
  }
  if (!any) return json();
  return {{"type", "data"},     {"symmetric", false}, {"array", up},
          {"arrayminus", down}, {"thickness", 1},     {"width", 3}};
}

/// Along the upper edge, and back along the lower one.
json band_state(const Panel& panel, const std::vector<DataPoint>& points) {
  json x = json::array(), y = json::array();
  for (const DataPoint& p : points) {
    x.push_back(value_on(panel.x, p.x));
    y.push_back(value_on(panel.y, p.high.value_or(p.y)));
  }
  for (auto p = points.rbegin(); p != points.rend(); ++p) {
    x.push_back(value_on(panel.x, p->x));
    y.push_back(value_on(panel.y, p->low.value_or(p->y)));
  }
  return {{"x", x}, {"y", y}};
}

json state_json(const Panel& panel, const Series& series, const std::vector<DataPoint>& points) {
  if (series.mark == Mark::kBand) return band_state(panel, points);
  json x = json::array(), y = json::array(), text = json::array();
  for (const DataPoint& p : points) {
    x.push_back(value_on(panel.x, p.x));
    y.push_back(value_on(panel.y, p.y));
    text.push_back(plotly_text(p.hover.empty() ? fmt::format("{:.4g}, {:.4g}", p.x, p.y) : p.hover));
  }
  json state = {{"x", x}, {"y", y}, {"text", text}};
  if (json bars = error_bars(points); !bars.is_null()) state["error_y"] = bars;
  return state;
}

json series_style(const Series& series, std::size_t panel, bool in_legend) {
  const std::string colour = colour_of(series.key);
  const MarkStyle& mark = mark_style(series.variant);
  json style = {{"type", "scatter"},
                {"name", plotly_text(series.name)},
                {"legendgroup", series.name},
                {"showlegend", in_legend},
                {"xaxis", "x" + axis_number(panel)},
                {"yaxis", "y" + axis_number(panel)},
                {"line", {{"color", colour}, {"width", 1.6}, {"dash", mark.plotly_dash}}}};
  if (series.mark == Mark::kBand) {
    style.update(
        {{"mode", "lines"}, {"fill", "toself"}, {"fillcolor", tint(colour, 0.72)}, {"opacity", 0.6}});
    style["line"]["width"] = 0;
    style["hoverinfo"] = "skip";
    return style;
  }
  const bool line = series.mark != Mark::kPoints,
             points = series.mark == Mark::kPoints || series.mark == Mark::kLinePoints;
  style["mode"] = line && points ? "lines+markers" : line ? "lines" : "markers";
  style["marker"] = {{"color", colour},
                     {"symbol", mark.plotly_symbol},
                     {"size", 7},
                     {"line", {{"width", 1}, {"color", colour}}}};
  style["hovertemplate"] = "%{text}<extra></extra>";
  if (series.mark == Mark::kSteps) {
    style["line"]["shape"] = "hv";
    style["line"]["width"] = 2.4;
  }
  return style;
}

json series_trace(const Panel& panel, const Series& series, std::size_t at, bool in_legend) {
  json states = json::array();
  for (const auto& points : series.states) states.push_back(state_json(panel, series, points));
  return {{"style", series_style(series, at, in_legend)}, {"states", states}};
}

/// Plotly draws the axes of a panel only when it has a trace.
json empty_trace(std::size_t at) {
  const json style = {{"type", "scatter"},
                      {"showlegend", false},
                      {"hoverinfo", "skip"},
                      {"xaxis", "x" + axis_number(at)},
                      {"yaxis", "y" + axis_number(at)}};
  const json state = {{"x", json::array({nullptr})}, {"y", json::array({nullptr})}};
  return {{"style", style}, {"states", json::array({state})}};
}

json colour_scale() {
  json scale = json::array();
  for (std::size_t s = 0; s < kHeatStops.size(); ++s)
    scale.push_back({static_cast<double>(s) / (kHeatStops.size() - 1), kHeatStops[s]});
  return scale;
}

/// Where a logarithmic colour bar has its ticks: at the decades.
json decade_ticks(const json& z) {
  double low = 1e300, high = -1e300;
  for (const json& row : z)
    for (const json& cell : row)
      if (!cell.is_null()) low = std::min(low, cell.get<double>()), high = std::max(high, cell.get<double>());
  json values = json::array(), texts = json::array();
  for (int decade = static_cast<int>(std::floor(low)); decade <= std::ceil(high) && low <= high; ++decade) {
    values.push_back(decade);
    texts.push_back(fmt::format("{:g}", std::pow(10.0, decade)));
  }
  return {{"tickmode", "array"}, {"tickvals", values}, {"ticktext", texts}};
}

json heat_map_trace(const HeatMap& map, const PanelPlace& place, std::size_t at) {
  json z = json::array(), text = json::array();
  for (const auto& row : map.values) {
    json zs = json::array(), texts = json::array();
    for (const auto& cell : row) {
      const bool shown = cell && std::isfinite(*cell) && (!map.log || *cell > 0);
      zs.push_back(shown ? json(map.log ? std::log10(*cell) : *cell) : json());
      texts.push_back(shown ? heat_text(*cell, map.digits) : "");
    }
    z.push_back(zs);
    text.push_back(texts);
  }
  json bar = {{"title", {{"text", plotly_text(map.unit)}, {"side", "right"}}},
              {"x", place.right + 0.01},
              {"y", (place.bottom + place.top) / 2},
              {"len", place.top - place.bottom},
              {"thickness", 12}};
  if (map.log) bar.update(decade_ticks(z));
  const json style = {{"type", "heatmap"},
                      {"colorscale", colour_scale()},
                      {"colorbar", bar},
                      {"texttemplate", "%{text}"},
                      {"hovertemplate", "%{y}, %{x}<br>%{text}<extra></extra>"},
                      {"xgap", 1},
                      {"ygap", 1},
                      {"xaxis", "x" + axis_number(at)},
                      {"yaxis", "y" + axis_number(at)}};
  return {{"style", style}, {"states", {{{"x", map.columns}, {"y", map.rows}, {"z", z}, {"text", text}}}}};
}

/// What of an axis follows from the state: its range, and ticks at decades or closer.
json axis_state(const Axis& axis, const Interval& range) {
  if (!axis.log) return {{"range", {range.low, range.high}}};
  const double low = std::log10(range.low), high = std::log10(range.high);
  json state = {{"range", {low, high}}, {"dtick", "D2"}};
  if (!is_short_log(range)) {
    state["dtick"] = high - low > 9 ? 2 : 1;
    state["minor"] = {{"dtick", "D1"}, {"ticks", "outside"}, {"ticklen", 3}};
  }
  return state;
}

json axis_json(const Axis& axis) {
  json out = {{"ticks", "outside"}, {"ticklen", 5},        {"showline", true},
              {"mirror", true},     {"linecolor", "#444"}, {"gridcolor", "#e8e8e8"},
              {"zeroline", false},  {"automargin", true},  {"title", {{"standoff", 8}}}};
  if (axis.log) out.update({{"type", "log"}, {"tickformat", "~g"}});
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

/// Ranges and ticks of all axes in every state.
json axis_states(const Figure& figure) {
  json states = json::array();
  for (std::size_t state = 0; state < state_count(figure); ++state) {
    json axes = json::object();
    for (std::size_t at = 0; at < figure.panels.size(); ++at) {
      if (figure.panels[at].heat_map) continue;
      axes["xaxis" + axis_number(at)] = axis_state(figure.panels[at].x, axis_range(figure, at, false, state));
      axes["yaxis" + axis_number(at)] = axis_state(figure.panels[at].y, axis_range(figure, at, true, state));
    }
    states.push_back(axes);
  }
  return states;
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

/// Of one panel: rows of heat maps are as high as their text needs.
double panel_height(const Figure& figure) {
  if (figure.columns > 2) return kSmallPanelHeight;
  double rows = 0;
  for (const Panel& panel : figure.panels)
    if (panel.heat_map) rows = std::max(rows, static_cast<double>(panel.heat_map->rows.size()));
  return rows > 0 ? std::max(kSmallPanelHeight / 2, rows * kHeatRowHeight) : kPanelHeight;
}

}  // namespace

json plotly_json(const Figure& figure) {
  check_figure(figure);
  const std::vector<PanelPlace> places = panel_places(figure);
  json traces = json::array(), switches = json::array();
  json annotations = json::array(), shapes = json::array(), layout = json::object();
  std::set<std::string> in_legend;
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    const Panel& panel = figure.panels[at];
    for (const Series& series : panel.series)
      traces.push_back(series_trace(panel, series, at, in_legend.insert(series.name).second));
    if (panel.series.empty() && !panel.heat_map) traces.push_back(empty_trace(at));
    if (panel.heat_map) traces.push_back(heat_map_trace(*panel.heat_map, places[at], at));
    add_shapes(panel, at, in_legend, shapes);
    add_axes(figure, at, places[at], layout);
    if (!panel.title.empty()) annotations.push_back(panel_title(panel, at, figure.columns > 2));
  }
  if (figure.shared_axes && !figure.panels.empty()) annotations.push_back(shared_title(figure));
  for (const Switch& s : figure.switches) switches.push_back({{"name", s.name}, {"choices", s.choices}});
  const double rows = static_cast<double>(row_count(figure));
  const double height = rows * panel_height(figure) + (rows - 1) * kRowGap;
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
  return {{"name", figure.name},
          {"switches", switches},
          {"traces", traces},
          {"layout", layout},
          {"axes", axis_states(figure)}};
}

}  // namespace packrat
