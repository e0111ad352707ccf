#include "engine/studies/report/cost_page.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <set>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/report/gnuplot.h"
#include "engine/report/html.h"
#include "engine/studies/regression/published_regressions.h"
#include "engine/studies/roofline/machine/timed_part.h"
#include "tests/studies/roofline/example_machine.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::Contains;
using ::testing::HasSubstr;

/// A user's cache of the test's own, empty at first.
class CostPage : public ::testing::Test {
 protected:
  CostPage() {
    if (const char* const old = std::getenv("XDG_CACHE_HOME")) before_ = old;
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  ~CostPage() override {
    before_ ? setenv("XDG_CACHE_HOME", before_->c_str(), 1) : unsetenv("XDG_CACHE_HOME");
  }

  static Report report() { return {"test", {}, {cost_page({})}}; }
  static Figure figure(const std::string& name) { return find_figure(report(), name); }
  static Table table(const std::string& name) {
    for (const PageSection& section : cost_page({}).sections)
      for (const PageBlock& block : section.blocks)
        if (const auto* found = std::get_if<Table>(&block); found != nullptr && found->name == name)
          return *found;
    ADD_FAILURE() << "no table " << name;
    return {};
  }
  static std::size_t marked_points(const Panel& panel) {
    std::size_t count = 0;
    for (const Series& series : panel.series)
      if (series.mark == Mark::kPoints) count += points_of(series, 0).size();
    return count;
  }
  static const Series& series_named(const Panel& panel, const std::string& name) {
    for (const Series& series : panel.series)
      if (series.name == name) return series;
    throw Error("no series " + name);
  }

 private:
  const TempFolder folder_;
  std::optional<std::string> before_;
};

TEST_F(CostPage, NeedsNoRunsAndOnlyTheMachineIsMissing) {
  for (const Figure& f : figures_of(report())) {
    SCOPED_TRACE(f.name);
    EXPECT_NO_THROW(check_figure(f));
    EXPECT_EQ(is_empty(f), f.name == "machine-roofline");
  }
  const std::string html = html_text(build_report({}));
  EXPECT_THAT(html, HasSubstr("What networks cost"));
  EXPECT_THAT(html, HasSubstr("<code>packrat machine</code> measures the roofs"));
}

TEST_F(CostPage, EveryFigureIsDrawnForPapersInEveryState) {
  for (const Figure& f : figures_of(report())) {
    if (is_empty(f)) continue;
    std::vector<std::size_t> choice(f.switches.size(), 0);
    for (std::size_t state = 0; state < state_count(f); ++state) {
      if (!choice.empty()) choice[0] = state;
      EXPECT_THAT(gnuplot_script(f, choice, "out.svg"), HasSubstr("plot ")) << f.name;
    }
  }
}

TEST_F(CostPage, ErrorsAndEnergiesAreThoseOfTheStudy) {
  const Figure errors = figure("error-operations"), energies = figure("energy-operations");
  ASSERT_EQ(errors.panels.size(), 2u);
  EXPECT_EQ(marked_points(errors.panels[0]), 29u);
  EXPECT_EQ(marked_points(errors.panels[1]), 29u);
  EXPECT_EQ(marked_points(energies.panels[0]), 30u);  // 27, and three that no fit uses
  EXPECT_EQ(points_of(series_named(energies.panels[0], "not published, not fitted"), 0).size(), 3u);
  EXPECT_EQ(marked_points(energies.panels[1]), 20u);
}

TEST_F(CostPage, LinesAreThePublishedFits) {
  const PublishedStudy study = load_published_study();
  const LinearFit fit = reproduce(published_regression("finetune-no-densenet"), study).fit;
  const Figure energies = figure("energy-operations");
  const auto& line = points_of(series_named(energies.panels[1], "without DenseNet"), 0);
  ASSERT_EQ(line.size(), 2u);
  EXPECT_LT(line[0].x, line[1].x);
  for (const DataPoint& point : line) EXPECT_DOUBLE_EQ(point.y, fit.predict(point.x));
  EXPECT_THAT(line[0].hover, HasSubstr("n 16"));
}

TEST_F(CostPage, FitsStandBesideWhatWasPrinted) {
  const Table fits = table("fits");
  ASSERT_EQ(fits.rows.size(), published_regressions().size());
  for (const auto& row : fits.rows) {
    const std::string agree = std::get<std::string>(row.back());
    EXPECT_EQ(agree.substr(0, agree.find(' ')), agree.substr(agree.rfind(' ') + 1))
        << std::get<std::string>(row[0]);
  }
  const auto& inference = fits.rows.at(2);
  EXPECT_EQ(std::get<std::string>(inference[0]), "inference");
  EXPECT_NEAR(std::get<double>(inference[9]), 0.0047968, 5e-8);
  EXPECT_NEAR(std::get<double>(inference[10]), 0.0039186, 5e-8);
  EXPECT_EQ(std::get<std::string>(inference[11]), "20.70490");
}

TEST_F(CostPage, RooflinesRiseToTheirPeakAndNothingPredictedLiesAbove) {
  const Figure roofs = figure("rooflines");
  ASSERT_EQ(roofs.switches.size(), 1u);
  ASSERT_EQ(roofs.switches[0].choices.front(), "INT8");
  std::size_t lines = 0;
  const std::vector<Series>& all = roofs.panels[0].series;
  for (std::size_t state = 0; state < state_count(roofs); ++state)
    for (std::size_t s = 0; all[s].name != "networks"; s += 3) {  // a roof, its dots, its crosses
      const auto& roof = points_of(all[s], state);
      if (roof.empty()) continue;
      ++lines;
      EXPECT_NEAR(roof[1].y / roof[1].x, roof[0].y / roof[0].x, 1e-12) << "memory bounds up to the ridge";
      EXPECT_DOUBLE_EQ(roof[1].y, roof[2].y);
      for (const DataPoint& dot : points_of(all[s + 1], state))
        EXPECT_NEAR(dot.y, std::min(roof[2].y, dot.x * roof[0].y / roof[0].x), 1e-9) << dot.hover;
    }
  EXPECT_EQ(lines, 20u) << "a roof for each precision of each platform";
}

TEST_F(CostPage, EveryDotOnARoofStandsOnItsNetworksLine) {
  const Figure roofs = figure("rooflines");
  for (std::size_t state = 0; state < state_count(roofs); ++state) {
    std::set<double> upright;
    for (const Series& series : roofs.panels[0].series) {
      if (series.name != "networks") continue;
      const auto& line = points_of(series, state);
      if (line.empty()) continue;
      ASSERT_EQ(line.size(), 2u);
      EXPECT_EQ(line[0].x, line[1].x);
      EXPECT_LT(line[0].y, line[1].y);
      upright.insert(line[0].x);
    }
    for (const Series& series : roofs.panels[0].series) {
      if (series.mark != Mark::kPoints || series.variant != 0) continue;
      for (const DataPoint& dot : points_of(series, state)) EXPECT_EQ(upright.count(dot.x), 1u) << dot.hover;
    }
  }
}

TEST_F(CostPage, PredictionsAreThePublishedCells) {
  const HeatMap map = *figure("predicted-cifar").panels[0].heat_map;
  EXPECT_EQ(map.rows.size(), 4u);
  const auto column = std::find(map.columns.begin(), map.columns.end(), "ZCU104-FINN INT2");
  ASSERT_NE(column, map.columns.end());
  EXPECT_NEAR(*map.values[0][static_cast<std::size_t>(column - map.columns.begin())], 12457.94, 0.01);
}

TEST_F(CostPage, FrontsShowThePublishedRuleBesideTheRightOne) {
  const Figure cifar = figure("speed-front-cifar");
  ASSERT_EQ(cifar.panels.size(), 2u);
  const auto& impossible = points_of(series_named(cifar.panels[0], "impossible"), 0);
  ASSERT_FALSE(impossible.empty());
  EXPECT_DOUBLE_EQ(impossible[0].y, 87.4);
  EXPECT_NEAR(impossible[0].x, 319296, 1);
  const auto& right = points_of(series_named(cifar.panels[1], "predicted, right rule"), 0);
  std::set<std::pair<double, double>> places;  // two platforms with equal roofs share each of them
  for (const DataPoint& point : right) places.insert({point.x, point.y});
  EXPECT_EQ(places.size(), 8u);
  EXPECT_GT(right.front().x, right.back().x) << "steps go from the fastest point to the most accurate one";
  EXPECT_GE(table("impossible").rows.size(), 2u);
  std::vector<std::string> unjoined;
  for (const auto& row : table("unjoined").rows) unjoined.push_back(std::get<std::string>(row[1]));
  EXPECT_THAT(unjoined, Contains(HasSubstr("GoogleNetv1")));
}

TEST_F(CostPage, MismatchesOfThePublishedTablesHaveReasons) {
  const Table wrong = table("published-mismatches");
  EXPECT_FALSE(wrong.rows.empty());
  for (const auto& row : wrong.rows)
    EXPECT_TRUE(std::holds_alternative<std::string>(row.back())) << std::get<std::string>(row[1]);
}

TEST_F(CostPage, ShowsThisMachineOnceItWasMeasured) {
  const MachineProfile machine = example_machine();
  write_machine(machine, default_machine_file());
  EXPECT_FALSE(is_empty(figure("machine-roofline"))) << "roofs alone";
  EXPECT_TRUE(table("timing").rows.empty());
  write_timings({example_part(machine)}, machine, timings_file_beside(default_machine_file()));
  EXPECT_EQ(table("timing").rows.size(), 1u);
  const Panel panel = figure("machine-roofline").panels.at(0);
  EXPECT_EQ(panel.title, "made up");
  EXPECT_EQ(marked_points(panel), 2u) << "what was reached, and what the roof allows";
  const auto& choices = figure("rooflines").switches[0].choices;
  EXPECT_THAT(choices, Contains("BF16")) << "a precision that only this machine has";
}

TEST_F(CostPage, ADamagedFileOfTheMachineIsToldAndNoFailure) {
  write_file_atomically(default_machine_file(), [](std::ostream& out) { out << "{"; });
  EXPECT_THAT(html_text(report()), HasSubstr("is not what"));
}

TEST(HeatText, IsShortAndHasNoExponent) {
  const std::pair<double, const char*> expected[] = {
      {0, "0"},          {0.0123, "0.0123"},  {21.44, "21.4"},      {999.6, "1000"},
      {2143.77, "2144"}, {12457.94, "12.5k"}, {638592, "639k"},     {999600, "1M"},
      {3.85e6, "3.85M"}, {2.5e9, "2.5G"},     {-12457.94, "-12.5k"}};
  for (const auto& [value, text] : expected) EXPECT_EQ(heat_text(value, 3), text);
  EXPECT_EQ(heat_text(150, 2), "150");
}

}  // namespace
}  // namespace packrat
