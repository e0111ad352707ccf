#include "engine/report/paper_layout.h"

#include <gtest/gtest.h>

#include "tests/report/boxes.h"

namespace packrat {
namespace {

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
        expect_inside(layout.panels[a].box, figure.name);
        EXPECT_GE(layout.panels[a].box.bottom, layout.legend_box.top) << figure.name;
        for (std::size_t b = a + 1; b < layout.panels.size(); ++b)
          expect_apart(layout.panels[a].box, layout.panels[b].box, figure.name);
      }
    }
}

TEST(PaperLayout, LeavesRoomForTheWidestTickOfY) {
  const auto left_of = [](bool log, double low, double high) {
    Figure figure;
    figure.name = "ticks";
    Panel panel;
    panel.x = {"x"};
    panel.y = {"y", log};
    Series series;
    series.name = series.key = "none";
    series.states = {{{1, low}, {2, high}}};
    panel.series = {series};
    figure.panels = {panel};
    return paper_layout(in_state(figure, {}), 8.5).panels[0].box.left;
  };
  const double usual = left_of(true, 0.02, 10);
  EXPECT_GT(left_of(true, 0.0015, 10), usual) << "0.001";
  EXPECT_GT(left_of(false, 10, 4000), usual) << "4000";
  EXPECT_DOUBLE_EQ(left_of(false, 0.0015, 10), usual) << "a linear axis has no tick there";
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

TEST(PaperLayout, WritesATitleOnceWhereAllPanelsHaveTheSame) {
  Figure figure = in_state(switched_figure(), {0, 0});
  PaperLayout layout = paper_layout(figure, 0);
  EXPECT_EQ(layout.x_title, "memory, MiB, measured");
  EXPECT_EQ(layout.panels[0].x_title + layout.panels[1].x_title, "");
  EXPECT_EQ(layout.panels[0].y_title, "final accuracy, %");
  EXPECT_EQ(layout.panels[1].y_title, "") << "the panel to its left says it";
  figure.panels[1].x.title = "something else";
  figure.panels[1].y.title = "loss";
  layout = paper_layout(figure, 0);
  EXPECT_EQ(layout.x_title, "");
  EXPECT_EQ(layout.panels[0].x_title, "memory, MiB, measured");
  EXPECT_EQ(layout.panels[1].x_title, "something else");
  EXPECT_EQ(layout.panels[1].y_title, "loss");
}

TEST(PaperLayout, BreaksTitlesThatAreWiderThanTheirPanel) {
  EXPECT_EQ(broken_in_two("quantization transfer", 15), "quantization\ntransfer");
  EXPECT_EQ(broken_in_two("quantization transfer", 21), "quantization transfer");
  EXPECT_EQ(broken_in_two("a bb ccc dddd eeeee", 12), "a bb ccc\ndddd eeeee");
  EXPECT_EQ(broken_in_two("indivisible", 3), "indivisible");
}

}  // namespace
}  // namespace packrat
