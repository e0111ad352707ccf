#include "engine/report/plotly.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/report/marks.h"
#include "engine/report/palette.h"
#include "engine/report/panel_grid.h"
#include "engine/report/plotly_layout.h"

namespace packrat {
namespace {

using nlohmann::json;

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

/// One point that is nowhere: without a trace Plotly draws neither the axes of a panel nor the legend's
/// entry.
json no_points() {
  return {{"x", json::array({nullptr})}, {"y", json::array({nullptr})}};
}

json state_json(const Panel& panel, const Series& series, const std::vector<DataPoint>& points) {
  if (points.empty()) return no_points();
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

json empty_trace(std::size_t at) {
  const json style = {{"type", "scatter"},
                      {"showlegend", false},
                      {"hoverinfo", "skip"},
                      {"xaxis", "x" + axis_number(at)},
                      {"yaxis", "y" + axis_number(at)}};
  return {{"style", style}, {"states", json::array({no_points()})}};
}

json heat_map_trace(const HeatMap& map, std::size_t at) {
  json z = json::array(), text = json::array();
  for (const auto& row : map.values) {
    json zs = json::array(), texts = json::array();
    for (const auto& cell : row) {
      const bool shown = is_shown(map, cell);
      zs.push_back(shown ? json(map.log ? std::log10(*cell) : *cell) : json());
      texts.push_back(shown ? heat_text(*cell, map.digits) : "");
    }
    z.push_back(zs);
    text.push_back(texts);
  }
  const json style = {{"type", "heatmap"},
                      {"coloraxis", "coloraxis" + axis_number(at)},
                      {"texttemplate", "%{text}"},
                      {"hovertemplate", "%{y}, %{x}<br>%{text}<extra></extra>"},
                      {"xgap", 1},
                      {"ygap", 1},
                      {"xaxis", "x" + axis_number(at)},
                      {"yaxis", "y" + axis_number(at)}};
  return {{"style", style}, {"states", {{{"x", map.columns}, {"y", map.rows}, {"z", z}, {"text", text}}}}};
}

}  // namespace

json plotly_json(const Figure& figure) {
  check_figure(figure);
  json traces = json::array(), switches = json::array();
  std::set<std::string> in_legend;
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    const Panel& panel = figure.panels[at];
    for (const Series& series : panel.series)
      traces.push_back(series_trace(panel, series, at, in_legend.insert(series.name).second));
    if (panel.series.empty() && !panel.heat_map) traces.push_back(empty_trace(at));
    if (panel.heat_map) traces.push_back(heat_map_trace(*panel.heat_map, at));
  }
  for (const Switch& s : figure.switches) switches.push_back({{"name", s.name}, {"choices", s.choices}});
  return {{"name", figure.name},
          {"switches", switches},
          {"traces", traces},
          {"layouts", plotly_layouts(figure)},
          {"axes", axis_states(figure)}};
}

}  // namespace packrat
