#include "engine/report/panel_grid.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/report/boxes.h"
#include "tests/report/example_figures.h"

namespace packrat {
namespace {

TEST(PanelGrid, PanelsOfAPageDoNotOverlap) {
  for (const Figure& figure : grids()) {
    const auto places = panel_places(figure);
    ASSERT_EQ(places.size(), figure.panels.size());
    for (std::size_t a = 0; a < places.size(); ++a) {
      expect_inside(places[a], figure.name);
      for (std::size_t b = a + 1; b < places.size(); ++b) expect_apart(places[a], places[b], figure.name);
      EXPECT_EQ(places[a].leftmost, a % static_cast<std::size_t>(figure.columns) == 0) << figure.name;
      EXPECT_EQ(places[a].lowest, a + static_cast<std::size_t>(figure.columns) >= places.size())
          << figure.name;
    }
  }
}

TEST(PanelGrid, RangesHoldDataErrorBarsLinesAndBands) {
  const Figure figure = switched_figure();
  for (std::size_t state = 0; state < state_count(figure); ++state) {
    const Interval x = axis_range(figure, 0, false, state), y = axis_range(figure, 0, true, state);
    const double tallest = 10.0 * static_cast<double>(state + 1) + 4 + 3;
    EXPECT_EQ(y.low, 0) << "nothing is negative";
    EXPECT_GT(y.high, tallest);
    EXPECT_LT(y.high, 1.2 * tallest);
    EXPECT_LT(x.low, 0.5);
    EXPECT_GT(x.low, 0.1);
    EXPECT_GT(x.high, 5.0 * static_cast<double>(state + 1));
    EXPECT_GE(x.high / x.low, 10) << "a decade at least";
  }
  Figure wide = figure;
  wide.panels[0].lines.push_back({0.001, "left", "reference", true});
  wide.panels[0].bands.push_back({500, 900, "right"});
  EXPECT_LT(axis_range(wide, 0, false, 0).low, 0.001);
  EXPECT_GT(axis_range(wide, 0, false, 0).high, 900);
  EXPECT_GT(axis_range(wide, 1, false, 0).low, 0.1) << "the other panel has a range of its own";
}

TEST(PanelGrid, SharedAxesTakeTheRangeOfAllPanels) {
  const Figure figure = shared_figure();
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    EXPECT_EQ(axis_range(figure, at, false, 0).low, axis_range(figure, 0, false, 0).low);
    EXPECT_EQ(axis_range(figure, at, true, 0).high, axis_range(figure, 5, true, 0).high);
  }
}

TEST(PanelGrid, AGivenRangeHolds) {
  Figure figure = switched_figure();
  figure.panels[0].y.low = -7;
  figure.panels[0].y.high = 7000;
  EXPECT_EQ(axis_range(figure, 0, true, 3).low, -7);
  EXPECT_EQ(axis_range(figure, 0, true, 3).high, 7000);
}

TEST(PanelGrid, PanelsWithoutAnythingToShowHaveARangeToo) {
  Figure figure{"empty"};
  figure.panels = {{"", {"x", true}, {"y"}}};
  const Interval x = axis_range(figure, 0, false, 0), y = axis_range(figure, 0, true, 0);
  EXPECT_GT(x.low, 0);
  EXPECT_LT(x.low, x.high);
  EXPECT_LT(y.low, y.high);
}

TEST(PanelGrid, ShowsWhatAnAxisCan) {
  const Axis linear{"", false}, log{"", true};
  EXPECT_TRUE(is_shown(linear, -1));
  EXPECT_TRUE(is_shown(linear, 0));
  EXPECT_TRUE(is_shown(log, 1e-9));
  for (const double value : {0.0, -1.0}) EXPECT_FALSE(is_shown(log, value));
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(is_shown(linear, value));
    EXPECT_FALSE(is_shown(log, value));
  }
}

TEST(PanelGrid, ShortLogarithmicAxesGetMoreTicks) {
  EXPECT_TRUE(is_short_log({1, 10}));
  EXPECT_FALSE(is_short_log({1, 100}));
}

}  // namespace
}  // namespace packrat
