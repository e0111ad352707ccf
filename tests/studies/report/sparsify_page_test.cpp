#include "engine/studies/report/sparsify_page.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "engine/report/gnuplot.h"
#include "engine/report/html.h"
#include "engine/studies/report/sparsify_figures.h"
#include "engine/studies/report/sparsify_tables.h"
#include "tests/studies/sparsify/example_sparsifications.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Three seeds of two C and both methods, and one run of another network.
class SparsifyPage : public ::testing::Test {
 protected:
  SparsifyPage() {
    for (const char* method : {"vd", "ard"})
      for (const double c : {0.047, 0.188})
        for (const int seed : {0, 1, 2}) {
          const double more = 0.001 * seed;
          add({method, c, c * 400 + seed, 0.88 + more, 0.885 + more, seed, c > 0.1 ? 40 + seed : 2 + seed});
        }
    add({"vd", 0.188, 352, 0.856, 0.86, 0, 50, "twolayerdense", false});
    runs_ = load_sparsifications(folder_.path());
    groups_ = group_sparsifications(runs_);
  }
  void add(const ExampleSparsification& run) {
    write_sparsification(folder_ / fmt::format("run{}", ++written_), run);
  }
  static const Series& series_named(const Panel& panel, const std::string& name, Mark mark) {
    for (const Series& series : panel.series)
      if (series.name == name && series.mark == mark) return series;
    throw std::runtime_error("no series " + name);
  }

  testing_data::TempFolder folder_;
  int written_ = 0;
  std::vector<StoredSparsification> runs_;
  std::vector<SparsifyGroup> groups_;
  const PublishedSparsification published_ = load_published_sparsification();
};

TEST_F(SparsifyPage, SeedsAreOneGroup) {
  ASSERT_THAT(groups_, SizeIs(5));
  EXPECT_EQ(groups_[0].first().method, "ard");
  EXPECT_THAT(groups_[0].runs, SizeIs(3));
  EXPECT_DOUBLE_EQ(groups_[0].compression().median, 0.047 * 400 + 1);
  EXPECT_DOUBLE_EQ(groups_[0].after().high, 88.7);
}

TEST_F(SparsifyPage, CompressionFigureHasOursOverThePublishedPoints) {
  const Figure figure = compression_figure(groups_, published_, "fashion-mnist");
  ASSERT_THAT(figure.panels, SizeIs(4));
  const Panel& panel = figure.panels[0];
  EXPECT_EQ(panel.title, "simpleconv");
  EXPECT_TRUE(panel.x.log);
  for (const std::size_t state : {0u, 1u}) {
    EXPECT_THAT(points_of(series_named(panel, "published, fine-tuned", Mark::kPoints), state), SizeIs(185));
    const auto& ours = points_of(series_named(panel, "ours, before fine-tuning", Mark::kPoints), state);
    ASSERT_THAT(ours, SizeIs(2));
    EXPECT_DOUBLE_EQ(ours[0].y, 88.1);
    EXPECT_DOUBLE_EQ(*ours[0].low, 88.0);
    EXPECT_DOUBLE_EQ(*ours[0].high, 88.2);
  }
  EXPECT_EQ(panel.series.back().name, "ours, fine-tuned") << "ours lie above";
  ASSERT_THAT(panel.bands, SizeIs(1)) << "our dense networks all have one accuracy";
  EXPECT_FALSE(panel.bands[0].vertical);
  EXPECT_NEAR(panel.bands[0].low, 87.00, 1e-9);
  EXPECT_NEAR(panel.bands[0].high, 88.72, 1e-9);
  ASSERT_THAT(panel.lines, SizeIs(1));
  EXPECT_DOUBLE_EQ(panel.lines[0].at, 87.86);
  EXPECT_GT(*panel.y.low, 50) << "an axis from 0 would hide the differences";
}

TEST_F(SparsifyPage, EarlyStopFigureHasMediansBandsAndTheShadedRange) {
  const Figure figure = early_stop_figure(groups_, published_);
  ASSERT_THAT(figure.panels, SizeIs(2));
  const std::string name = "VD, simpleconv, fashion-mnist";
  const auto& line = points_of(series_named(figure.panels[0], name, Mark::kLinePoints), 0);
  ASSERT_THAT(line, SizeIs(2));
  EXPECT_EQ(line[0].x, 0.047);
  EXPECT_EQ(line[0].y, 3);
  EXPECT_EQ(line[1].y, 41);
  const auto& series = figure.panels[0].series;
  const auto at =
      std::find_if(series.begin(), series.end(), [&](const Series& one) { return one.name == name; });
  ASSERT_EQ((at - 1)->mark, Mark::kBand) << "the band lies behind the line";
  const auto& band = points_of(*(at - 1), 0);
  ASSERT_THAT(band, SizeIs(2));
  EXPECT_EQ(*band[1].low, 40);
  EXPECT_EQ(*band[1].high, 42);
  EXPECT_THAT(points_of(series_named(figure.panels[1], name, Mark::kPoints), 0), SizeIs(6));
  EXPECT_THAT(points_of(series_named(figure.panels[0], name, Mark::kLinePoints), 1), IsEmpty())
      << "the sparsify stage was not to stop early";
  EXPECT_THAT(points_of(series_named(figure.panels[0], "ARD, MusicNet, published", Mark::kLinePoints), 0),
              SizeIs(13));
  EXPECT_THAT(points_of(series_named(figure.panels[0], "ARD, MusicNet, published", Mark::kLinePoints), 1),
              IsEmpty());
  ASSERT_THAT(figure.panels[1].bands, SizeIs(1));
  EXPECT_EQ(figure.panels[1].bands[0].low, 50);
  EXPECT_EQ(figure.panels[1].bands[0].high, 500);
}

TEST_F(SparsifyPage, TheTableHasOursBesideThePublishedMediansOfTheSameC) {
  add({"vd", 0.1, 40, 0.88, 0.885});  // between two published C
  runs_ = load_sparsifications(folder_.path());
  groups_ = group_sparsifications(runs_);
  const Table table = published_comparison_table(groups_, published_);
  ASSERT_THAT(table.rows, SizeIs(5));
  std::map<std::string, std::size_t> column;
  for (std::size_t c = 0; c < table.columns.size(); ++c) column[table.columns[c].title] = c;
  const auto& row = table.rows[0];  // ard, 0.047
  EXPECT_NEAR(std::get<double>(row[column["compression"]]), 19.8, 1e-9);
  EXPECT_NEAR(std::get<double>(row[column["published"]]), 19, 1);
  EXPECT_NEAR(std::get<double>(row[column["difference, %"]]),
              100 * (19.8 / std::get<double>(row[column["published"]]) - 1), 1e-9);
  EXPECT_NEAR(std::get<double>(row[column["published before"]]), 88.27, 1e-9);
  EXPECT_NEAR(std::get<double>(row[column["difference before"]]), 88.1 - 88.27, 1e-9);
  EXPECT_THAT(std::get<std::string>(row[column["otherwise than published"]]),
              AllOf(HasSubstr("early_stop [false,false,true]"), HasSubstr("epochs [40,75,50]"),
                    Not(HasSubstr("threshold"))));
}

TEST_F(SparsifyPage, IsDrawnByBothRenderersInEveryState) {
  const Report report{"test", {}, {sparsify_page({{}, {folder_.path()}})}};
  for (const Figure& figure : figures_of(report))
    for (const std::string& choice : figure.switches.at(0).choices) {
      const std::vector<std::size_t> state = parse_choices(figure, {figure.switches[0].name + "=" + choice});
      EXPECT_EQ(is_empty(in_state(figure, state)), choice == "sparsify")
          << "only fine-tuning was to stop early";
      if (is_empty(in_state(figure, state))) continue;
      const auto file = folder_ / (figure.name + choice + ".svg");
      write_paper_figure(figure, state, file);
      EXPECT_GT(std::filesystem::file_size(file), 5000u) << figure.name;
    }
  EXPECT_NO_THROW(html_text(report));
}

TEST_F(SparsifyPage, WithoutRunsThePublishedPointsStandAndItSaysWhatMakesSome) {
  const Page page = sparsify_page({});
  EXPECT_THAT(std::get<std::string>(page.sections.at(0).blocks.at(0)),
              HasSubstr("`packrat sweep sparsify-fashion`"));
  for (const Figure& figure : figures_of({"test", {}, {page}})) EXPECT_FALSE(is_empty(figure)) << figure.name;
  EXPECT_THAT(published_comparison_table({}, published_).rows, IsEmpty());
}

TEST_F(SparsifyPage, WithoutTheShippedTablesOursStandAndItSaysWhatIsMissing) {
  setenv("PACKRAT_TABLES_DIR", folder_.path().c_str(), 1);
  const Page page = sparsify_page({{}, {folder_.path()}});
  unsetenv("PACKRAT_TABLES_DIR");
  EXPECT_THAT(std::get<std::string>(page.sections.at(0).blocks.at(0)), HasSubstr("cannot be read"));
  const std::vector<Figure> figures = figures_of({"test", {}, {page}});
  ASSERT_THAT(figures, SizeIs(2));
  EXPECT_THAT(figures[0].panels, SizeIs(2));
}

}  // namespace
}  // namespace packrat
