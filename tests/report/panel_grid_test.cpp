#include "engine/report/panel_grid.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/report/paper_layout.h"
#include "tests/report/example_figures.h"

namespace packrat {
namespace {

template <typename Box>
void expect_apart(const Box& a, const Box& b, const std::string& which) {
  EXPECT_TRUE(a.right <= b.left || b.right <= a.left || a.top <= b.bottom || b.top <= a.bottom) << which;
}

template <typename Box>
void expect_inside(const Box& box, const std::string& which) {
  constexpr double rounding = 1e-9;
  EXPECT_GE(box.left, -rounding) << which;
  EXPECT_LE(box.right, 1 + rounding) << which;
  EXPECT_GE(box.bottom, -rounding) << which;
  EXPECT_LE(box.top, 1 + rounding) << which;
  EXPECT_GT(box.right - box.left, 0.05) << which;
  EXPECT_GT(box.top - box.bottom, 0.05) << which;
}

/// Figures with 1 to 13 panels in 1 to 6 columns, with axes of their own and shared ones.
std::vector<Figure> grids() {
  std::vector<Figure> figures;
  for (const bool shared : {false, true})
    for (int columns = 1; columns <= 6; ++columns)
      for (int panels = columns; panels <= std::min(13, 3 * columns); ++panels) {
        Figure figure{fmt::format("{} panels in {} columns, shared {}", panels, columns, shared)};
        figure.columns = columns;
        figure.shared_axes = shared;
        figure.panels.assign(static_cast<std::size_t>(panels), shared_figure().panels[0]);
        figures.push_back(figure);
      }
  return figures;
}

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

TEST(PaperLayout, PanelsAndLegendOfAPaperDoNotOverlap) {
  auto figures = grids();
  for (const Figure& figure : example_figures()) figures.push_back(figure);
  for (const Figure& figure : figures)
    for (const double width : {0.0, 8.5, 17.8}) {
      if (width == 8.5 && figure.columns > 3) continue;  // nobody can read those
      const PaperLayout layout =
          paper_layout(in_state(figure, std::vector<std::size_t>(figure.switches.size())), width);
      ASSERT_EQ(layout.panels.size(), figure.panels.size());
      for (std::size_t a = 0; a < layout.panels.size(); ++a) {
        expect_inside(layout.panels[a], figure.name);
        EXPECT_GE(layout.panels[a].bottom, layout.legend_box.top) << figure.name;
        for (std::size_t b = a + 1; b < layout.panels.size(); ++b)
          expect_apart(layout.panels[a], layout.panels[b], figure.name);
      }
    }
}

TEST(PaperLayout, TakesOneColumnOfAPaperOrTwo) {
  EXPECT_DOUBLE_EQ(paper_layout(switched_figure(), 0).width_cm, 8.5);
  EXPECT_DOUBLE_EQ(paper_layout(shared_figure(), 0).width_cm, 17.8);
  EXPECT_DOUBLE_EQ(paper_layout(shared_figure(), 12).width_cm, 12);
}

TEST(PaperLayout, NamesASeriesOnceAndNothingThatStandsAlone) {
  const PaperLayout layout = paper_layout(in_state(switched_figure(), {0, 0}), 0);
  EXPECT_EQ(layout.legend.size(), 5u + 2 + 1) << "five marks, two lines and a band, over two panels";
  EXPECT_GE(layout.legend_rows, 2);
  EXPECT_TRUE(paper_layout(shared_figure(), 0).legend.empty()) << "one series needs no name";
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
