#include "engine/report/looks.h"

#include <gmock/gmock.h>

#include <set>

#include "engine/report/marks.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;

Figure figure_of(const std::vector<Series>& first, const std::vector<Series>& second = {}) {
  Figure figure{"looks", ""};
  figure.panels.resize(2);
  figure.panels[0].series = first;
  figure.panels[1].series = second;
  return figure;
}

std::vector<int> variants_of(const Panel& panel) {
  std::vector<int> variants;
  for (const Series& series : panel.series) variants.push_back(series.variant);
  return variants;
}

TEST(Looks, TheLongerOfTwoNamesThatLookAlikeChangesInAllPanels) {
  Figure figure =
      figure_of({{"thinning (old)", "thinning", 0}, {"thinning", "thinning", 0}, {"none", "none", 0}},
                {{"thinning (old)", "thinning", 0}});
  tell_apart(figure);
  EXPECT_THAT(variants_of(figure.panels[0]), ElementsAre(1, 0, 0));
  EXPECT_THAT(variants_of(figure.panels[1]), ElementsAre(1));
}

TEST(Looks, WhatIsNotDrawnTellsNothingApart) {
  Figure figure =
      figure_of({{"a", "none", 0, Mark::kLine}, {"bb", "none", 4, Mark::kLine}});  // the same dash
  tell_apart(figure);
  EXPECT_NE(mark_style(figure.panels[0].series[0].variant).gnuplot_dash,
            mark_style(figure.panels[0].series[1].variant).gnuplot_dash);
  figure = figure_of({{"a", "none", 0, Mark::kPoints}, {"bb", "none", 4, Mark::kPoints}});
  tell_apart(figure);
  EXPECT_THAT(variants_of(figure.panels[0]), ElementsAre(0, 4)) << "their markers differ already";
}

TEST(Looks, OtherMarksOfANameKeepTheirs) {
  Figure figure = figure_of({{"a", "none", 0, Mark::kLine},
                             {"bb", "none", 0, Mark::kLine},
                             {"bb", "none", kCrossMark, Mark::kPoints}});
  tell_apart(figure);
  EXPECT_THAT(variants_of(figure.panels[0]), ElementsAre(0, 1, kCrossMark));
}

TEST(Looks, MoreNamesThanLooksStayAsTheyWere) {
  std::vector<Series> series;
  for (std::size_t at = 0; at < kMarkStyles.size() + 2; ++at)
    series.push_back({std::string(at + 1, 'x'), "none", 0, Mark::kPoints});
  Figure figure = figure_of(series);
  tell_apart(figure);
  std::vector<int> expected;
  for (std::size_t at = 0; at < series.size(); ++at)
    expected.push_back(at < kMarkStyles.size() ? static_cast<int>(at) : 0);
  EXPECT_EQ(variants_of(figure.panels[0]), expected);
}

}  // namespace
}  // namespace packrat
