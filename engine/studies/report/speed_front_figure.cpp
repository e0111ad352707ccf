#include "engine/studies/report/speed_front_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/report/figure_name.h"
#include "engine/report/marks.h"

namespace packrat {
namespace {

DataPoint data_point(const SpeedPoint& p) {
  return {p.inputs_per_second,
          p.top1,
          {},
          {},
          fmt::format("{}\n{:.2f} % at {} inputs/s", p.name, p.top1, heat_text(p.inputs_per_second, 4))};
}

Series point_series(const char* name, const std::vector<SpeedPoint>& points) {
  Series series{name, name, 0, Mark::kPoints};
  series.states = {{}};
  for (const SpeedPoint& p : points) series.states[0].push_back(data_point(p));
  return series;
}

/// From the fastest point on: between two of them the more accurate one is too slow.
Series step_series(const std::string& name, const std::string& key, int variant,
                   const std::vector<SpeedPoint>& front) {
  Series series{name, key, variant, Mark::kSteps};
  series.states = {{}};
  for (auto p = front.rbegin(); p != front.rend(); ++p) series.states[0].push_back(data_point(*p));
  return series;
}

/// Points of a published front that no network reaches.
void add_impossible(const FrontView& view, Series& series) {
  auto why = view.impossible.begin();
  for (const SpeedPoint& p : view.front) {
    if (is_among(p, view.points)) continue;
    DataPoint point = data_point(p);
    point.hover = *why++;
    series.states[0].push_back(std::move(point));
  }
}

/// All rules but the last, which is the right one under the published names, and what the names lose.
Panel published_panel(const SpeedFronts& fronts) {
  Panel panel{"as published"};
  panel.series = {point_series("predicted", fronts.predicted.front().points),
                  point_series("measured", fronts.measured.front().points)};
  Series impossible{"impossible", "impossible", kCrossMark, Mark::kPoints};
  impossible.states = {{}};
  for (const auto& [layer, views] : fronts.layers()) {
    const FrontView &rule = (*views)[0], &improved = (*views)[1];
    panel.series.push_back(step_series(fmt::format("{}, published rule", layer), layer, 1, rule.front));
    panel.series.push_back(step_series(fmt::format("{}, improved rule", layer), layer, 2, improved.front));
    add_impossible(rule, impossible);
    add_impossible(improved, impossible);
  }
  panel.series.push_back(std::move(impossible));
  return panel;
}

Panel right_panel(const SpeedFronts& fronts) {
  Panel panel{"points that no other beats, every name joined"};
  panel.series = {point_series("predicted", fronts.predicted.back().points),
                  point_series("measured", fronts.measured.back().points),
                  step_series("predicted, right rule", "predicted", 0, fronts.predicted.back().front),
                  step_series("measured, right rule", "measured", 0, fronts.measured.back().front)};
  return panel;
}

}  // namespace

SpeedFronts speed_fronts(const std::string& data_set) {
  return {data_set, front_views(data_set, false), front_views(data_set, true)};
}

Figure speed_front_figure(const SpeedFronts& fronts) {
  Figure figure{figure_name("speed-front", fronts.data_set), fronts.data_set};
  figure.columns = 2;
  figure.shared_axes = true;
  figure.panels = {published_panel(fronts), right_panel(fronts)};
  for (Panel& panel : figure.panels) {
    panel.x = {"inputs/s", true};
    panel.y = {"top-1 %"};
  }
  // Accuracies lie close together, far from 0.
  double low = 100;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series)
      for (const DataPoint& point : series.states[0]) low = std::min(low, point.y);
  for (Panel& panel : figure.panels) panel.y.low = std::floor(low) - 1;
  return figure;
}

Table speed_front_table(const SpeedFronts& fronts) {
  std::vector<FrontView> all;
  for (const auto& [layer, views] : fronts.layers())
    for (FrontView view : *views) {
      view.name = fmt::format("{}: {}", layer, view.name);
      all.push_back(std::move(view));
    }
  Table table = front_table(all);
  table.name = figure_name("fronts", fronts.data_set);
  table.title = "Fronts: " + fronts.data_set;
  return table;
}

Table impossible_table(const std::vector<SpeedFronts>& all) {
  Table table{"impossible", "Points of the published rules that nothing reaches", "Every point exists."};
  table.columns = {{"data set"}, {"front"}, {"point"}};
  for (const SpeedFronts& fronts : all)
    for (const auto& [layer, views] : fronts.layers())
      for (const FrontView& view : *views)
        for (const std::string& point : view.impossible)
          table.rows.push_back({fronts.data_set, fmt::format("{}: {}", layer, view.name), point});
  return table;
}

Table unjoined_table(const std::vector<SpeedFronts>& all) {
  Table table{"unjoined", "Names that find no accuracy under the published spelling", "Every name joins."};
  table.columns = {{"data set"}, {"label of the predictions"}};
  for (const SpeedFronts& fronts : all)
    for (const std::string& name : fronts.predicted.front().unjoined)
      table.rows.push_back({fronts.data_set, name});
  return table;
}

}  // namespace packrat
