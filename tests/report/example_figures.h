#pragma once
#include <fmt/format.h>

#include <limits>
#include <string>
#include <vector>

#include "engine/report/figure.h"

namespace packrat {

/// Two panels, two switches, every mark, error bars, reference lines and a band, names that need quoting.
inline Figure switched_figure() {
  Figure figure{"switched", "Every mark"};
  figure.switches = {{"bytes", {"measured", "exact", "published"}}, {"accuracy", {"final", "best"}}};
  figure.columns = 2;
  for (const char* const title : {"it's <b>one</b>", "two & more"}) {
    Panel panel{title, {"memory, MiB, {bytes}", true}, {"{accuracy} accuracy, %"}};
    for (const Mark mark : {Mark::kPoints, Mark::kLine, Mark::kLinePoints, Mark::kSteps, Mark::kBand}) {
      Series series{fmt::format("mark {} \"<i>\"", static_cast<int>(mark)), "none", static_cast<int>(mark),
                    mark};
      for (int state = 0; state < 6; ++state) {
        const double y = 10.0 * (state + 1) + static_cast<int>(mark);
        series.states.push_back(
            {{0.5, y, y - 2, y + 3}, {5.0 * (state + 1), y + 1, {}, {}, "a < b\nsecond line"}});
      }
      panel.series.push_back(series);
    }
    panel.lines = {{10, "random guessing", "random"}, {2, "a budget", "reference", true}};
    panel.bands = {{1, 4, "a band"}};
    figure.panels.push_back(panel);
  }
  return figure;
}

/// Six panels of one range; the last two have no data.
inline Figure shared_figure() {
  Figure figure{"shared", "One range"};
  figure.columns = 3;
  figure.shared_axes = true;
  for (int at = 0; at < 6; ++at) {
    Panel panel{fmt::format("panel {}", at), {"x", true}, {"y"}};
    if (at < 4)
      panel.series = {{"line", "thinning", 0, Mark::kLinePoints, {{{1.0 + at, 5.0 * at}, {100, 50}}}}};
    figure.panels.push_back(panel);
  }
  return figure;
}

/// A matrix with an empty cell, and values that a logarithmic scale cannot show.
inline Figure heat_map_figure() {
  Figure figure{"heat", "A matrix"};
  Panel panel;
  panel.title = "cells";
  panel.heat_map = HeatMap{{"small", "large"},
                           {"first's", "second", "third"},
                           {{1, 100}, {std::nullopt, 0}, {10, 1000}},
                           "GB/s",
                           true};
  figure.panels = {panel};
  return figure;
}

/// Values that no axis, or no logarithmic one, can show beside one that can.
inline Figure unshowable_figure() {
  const double infinity = std::numeric_limits<double>::infinity();
  Figure figure{"unshowable", ""};
  Panel panel{"", {"x", true}, {"y"}};
  panel.series = {{"s", "none", 0, Mark::kLinePoints, {{{-1, 1}, {0, 2}, {10, 3}, {20, infinity}}}}};
  figure.panels = {panel};
  return figure;
}

/// The figures that every renderer has to draw.
inline std::vector<Figure> example_figures() {
  return {switched_figure(), shared_figure(), heat_map_figure(), unshowable_figure()};
}

/// Every choice of a figure's switches, as an index for each: in the order of the states.
inline std::vector<std::vector<std::size_t>> all_choices(const Figure& figure) {
  std::vector<std::vector<std::size_t>> choices{{}};
  for (const Switch& s : figure.switches) {
    std::vector<std::vector<std::size_t>> longer;
    for (const auto& choice : choices)
      for (std::size_t c = 0; c < s.choices.size(); ++c) {
        longer.push_back(choice);
        longer.back().push_back(c);
      }
    choices = std::move(longer);
  }
  return choices;
}

}  // namespace packrat
