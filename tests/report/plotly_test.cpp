#include "engine/report/plotly.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/error.h"
#include "engine/report/palette.h"
#include "engine/report/panel_grid.h"
#include "tests/report/example_figures.h"

namespace packrat {
namespace {
using nlohmann::json;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

/// As a browser reads it.
json page_json(const Figure& figure) {
  return json::parse(plotly_json(figure).dump());
}

const json& state_of_trace(const json& trace, std::size_t state) {
  const json& states = trace.at("states");
  return states.size() == 1 ? states[0] : states.at(state);
}

/// The one of the widest screen.
const json& layout_of(const json& page) {
  return page.at("layouts").at(0).at("layout");
}

TEST(PlotlyJson, HoldsEveryStateOfEveryFigure) {
  for (const Figure& figure : example_figures()) {
    const json page = page_json(figure);
    EXPECT_EQ(page.at("name"), figure.name);
    EXPECT_EQ(page.at("axes").size(), state_count(figure)) << figure.name;
    EXPECT_EQ(page.at("switches").size(), figure.switches.size());
    for (const json& trace : page.at("traces")) {
      EXPECT_TRUE(trace.at("style").contains("type"));
      EXPECT_TRUE(trace.at("states").size() == 1 || trace.at("states").size() == state_count(figure))
          << figure.name;
    }
    for (const json& axes : page.at("axes"))
      for (const auto& [name, axis] : axes.items()) {
        for (const json& choice : page.at("layouts")) EXPECT_TRUE(choice.at("layout").contains(name)) << name;
        EXPECT_LT(axis.at("range")[0].get<double>(), axis.at("range")[1].get<double>());
      }
  }
}

TEST(PlotlyJson, DrawsEachPointWhereItLies) {
  const Figure figure = switched_figure();
  const json page = page_json(figure);
  std::size_t trace = 0;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series) {
      for (std::size_t state = 0; state < 6; ++state) {
        const auto& points = points_of(series, state);
        const json& drawn = state_of_trace(page["traces"].at(trace), state);
        if (series.mark == Mark::kBand) {  // there along the upper edge, and back along the lower one
          EXPECT_EQ(drawn["x"], json({0.5, points[1].x, points[1].x, 0.5}));
          EXPECT_EQ(drawn["y"], json({points[0].y + 3, points[1].y, points[1].y, points[0].y - 2}));
          continue;
        }
        EXPECT_EQ(drawn["x"], json({points[0].x, points[1].x}));
        EXPECT_EQ(drawn["y"], json({points[0].y, points[1].y}));
        EXPECT_EQ(drawn["error_y"]["array"], json({3.0, 0.0}));
        EXPECT_EQ(drawn["error_y"]["arrayminus"], json({2.0, 0.0}));
        EXPECT_EQ(drawn["text"][1], "a &lt; b<br>second line");
      }
      ++trace;
    }
  EXPECT_EQ(trace, page["traces"].size());
}

TEST(PlotlyJson, MarksAreWhatTheySay) {
  const json page = page_json(switched_figure());
  const std::map<Mark, std::string> modes{{Mark::kPoints, "markers"},
                                          {Mark::kLine, "lines"},
                                          {Mark::kLinePoints, "lines+markers"},
                                          {Mark::kSteps, "lines"},
                                          {Mark::kBand, "lines"}};
  for (const auto& [mark, mode] : modes) {
    const json& style = page["traces"][static_cast<std::size_t>(mark)]["style"];
    EXPECT_EQ(style["mode"], mode);
    EXPECT_EQ(style["line"]["color"], colour_of("none"));
    EXPECT_EQ(style["line"].value("shape", ""), mark == Mark::kSteps ? "hv" : "");
    EXPECT_EQ(style.value("fill", ""), mark == Mark::kBand ? "toself" : "");
  }
}

TEST(PlotlyJson, NamesEverySeriesLineAndBandOnceInTheLegend) {
  const json page = page_json(switched_figure());
  std::map<std::string, int> shown;
  for (const json& trace : page["traces"])
    shown[trace["style"]["name"]] += trace["style"]["showlegend"].get<bool>() ? 1 : 0;
  for (const json& shape : layout_of(page)["shapes"])
    shown[shape["name"]] += shape["showlegend"].get<bool>() ? 1 : 0;
  EXPECT_EQ(shown.size(), 5u + 2 + 1);
  for (const auto& [name, times] : shown) EXPECT_EQ(times, 1) << name;
}

TEST(PlotlyJson, TitlesKeepTheirPlacesForSwitchesAndNoMarkup) {
  const json layout = layout_of(page_json(switched_figure()));
  EXPECT_EQ(layout["xaxis2"]["title"]["text"], "memory, MiB, {bytes}");
  EXPECT_EQ(layout["yaxis"]["title"]["text"], "{accuracy} accuracy, %");
  EXPECT_EQ(layout["annotations"][0]["text"], "<b>it's &lt;b&gt;one&lt;/b&gt;</b>");
  EXPECT_EQ(layout["annotations"][1]["text"], "<b>two &amp; more</b>");
}

TEST(PlotlyJson, RangesOfLogarithmicAxesAreExponents) {
  const Figure figure = switched_figure();
  const json page = page_json(figure);
  for (std::size_t state = 0; state < 6; ++state) {
    const Interval range = axis_range(figure, 1, false, state);
    EXPECT_DOUBLE_EQ(page["axes"][state]["xaxis2"]["range"][0], std::log10(range.low));
    EXPECT_DOUBLE_EQ(page["axes"][state]["yaxis2"]["range"][1], axis_range(figure, 1, true, state).high);
  }
}

TEST(PlotlyJson, WhatAnAxisCannotShowIsNull) {
  const json drawn = page_json(unshowable_figure())["traces"][0]["states"][0];
  EXPECT_EQ(drawn["x"], json({nullptr, nullptr, 10.0, 20.0}));
  EXPECT_EQ(drawn["y"], json({1.0, 2.0, 3.0, nullptr}));
}

TEST(PlotlyJson, ASeriesWithoutPointsInAStateKeepsItsPanelAndItsPlaceInTheLegend) {
  Figure figure = switched_figure();
  for (Panel& panel : figure.panels)
    for (Series& series : panel.series) series.states[0].clear();
  const json page = page_json(figure);
  for (const json& trace : page["traces"])
    EXPECT_EQ(trace["states"][0], json({{"x", json::array({nullptr})}, {"y", json::array({nullptr})}}))
        << trace["style"]["name"];
}

TEST(PlotlyJson, SharedAxesHaveTextsAtTheEdgesOnlyAndPanelsWithoutDataAreDrawn) {
  const json page = page_json(shared_figure());
  EXPECT_EQ(page["traces"].size(), 6u) << "Plotly draws no axes without a trace";
  for (int at = 0; at < 6; ++at) {
    const std::string number = at == 0 ? "" : std::to_string(at + 1);
    const json &x = layout_of(page)["xaxis" + number], &y = layout_of(page)["yaxis" + number];
    EXPECT_EQ(x["showticklabels"], at >= 3) << at;
    EXPECT_EQ(y["showticklabels"], at % 3 == 0) << at;
    EXPECT_EQ(y["title"]["text"], at % 3 == 0 ? "y" : "") << at;
    EXPECT_EQ(x["title"]["text"], "") << "one title stands for all";
    if (at > 0) {
      EXPECT_EQ(x["matches"], "x");
    }
  }
}

TEST(PlotlyJson, AHeatMapKeepsItsOrderAndLeavesOutWhatItCannotShow) {
  const json page = page_json(heat_map_figure());
  const json drawn = page["traces"][0]["states"][0];
  EXPECT_EQ(drawn["x"], json({"small", "large"}));
  EXPECT_EQ(drawn["y"], json({"first's", "second", "third"}));
  EXPECT_EQ(drawn["z"], json({{0.0, 2.0}, {nullptr, nullptr}, {1.0, 3.0}}));
  EXPECT_EQ(drawn["text"].dump(), R"([["1","100"],["",""],["10","1000"]])");
  EXPECT_EQ(layout_of(page)["yaxis"]["autorange"], "reversed");
  EXPECT_EQ(page["traces"][0]["style"]["coloraxis"], "coloraxis");
  EXPECT_EQ(layout_of(page)["coloraxis"]["colorbar"]["ticktext"], json({"1", "10", "100", "1000"}));
}

TEST(PlotlyJson, NarrowerScreensHaveFewerPanelsBesideEachOther) {
  for (const auto& [figure, columns] : {std::pair{switched_figure(), std::vector<int>{2, 1}},
                                        std::pair{shared_figure(), std::vector<int>{3, 2}},
                                        std::pair{heat_map_figure(), std::vector<int>{1}}}) {
    const json layouts = page_json(figure)["layouts"];
    ASSERT_EQ(layouts.size(), columns.size()) << figure.name;
    EXPECT_EQ(layouts.back()["min_width"], 0) << "one fits any screen";
    for (std::size_t l = 0; l < layouts.size(); ++l) {
      std::set<double> lefts;
      for (const auto& [name, part] : layouts[l]["layout"].items())
        if (name.rfind("xaxis", 0) == 0) lefts.insert(part["domain"][0].get<double>());
      EXPECT_EQ(static_cast<int>(lefts.size()), columns[l]) << figure.name;
      if (l == 0) continue;
      EXPECT_LT(layouts[l]["min_width"], layouts[l - 1]["min_width"]);
      EXPECT_GT(layouts[l]["layout"]["height"], layouts[l - 1]["layout"]["height"]);
    }
  }
}

TEST(PlotlyJson, RefusesAFigureThatContradictsItself) {
  Figure figure = switched_figure();
  figure.panels[0].series[0].states.pop_back();
  EXPECT_THROW(plotly_json(figure), Error);
}

}  // namespace
}  // namespace packrat
