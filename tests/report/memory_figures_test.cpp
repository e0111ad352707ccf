#include "engine/report/memory_figures.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/report/example_runs.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::size_t points_in(const Figure& figure, std::size_t state) {
  std::size_t count = 0;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series) count += points_of(series, state).size();
  return count;
}

std::vector<std::string> titles_of(const Figure& figure) {
  std::vector<std::string> titles;
  for (const Panel& panel : figure.panels) titles.push_back(panel.title);
  return titles;
}

const Series& series_named(const Panel& panel, const std::string& name) {
  for (const Series& series : panel.series)
    if (series.name == name) return series;
  throw std::runtime_error("no series " + name);
}

class MemoryFigures : public ::testing::Test {
 protected:
  const std::vector<StoredRun> runs_ = example_runs();
  const std::vector<RunGroup> groups_ = group_runs(runs_);
};

TEST_F(MemoryFigures, EachIsSoundAndHasDataInEveryState) {
  const std::vector<Figure> figures{accuracy_memory_figure(groups_),
                                    fetch_figure(groups_),
                                    family_figure(groups_, "CIFAR10"),
                                    family_figure(groups_, "CIFAR100"),
                                    front_figure(groups_),
                                    split_figure(groups_),
                                    fixed_slots_figure(groups_, "CIFAR10"),
                                    fixed_slots_figure(groups_, "CIFAR100")};
  std::set<std::string> names;
  for (const Figure& figure : figures) {
    EXPECT_NO_THROW(check_figure(figure));
    EXPECT_TRUE(names.insert(figure.name).second) << figure.name;
    for (std::size_t state = 0; state < state_count(figure); ++state)
      EXPECT_GT(points_in(figure, state), 0u) << figure.name << " in state " << state;
  }
}

TEST_F(MemoryFigures, ClosedFormsAreALineBesideTheCodecs) {
  std::vector<StoredRun> runs = runs_;
  runs.push_back(closed_form_run("slda:pool=1x1", 71464, 0.66));
  runs.push_back(closed_form_run("slda:pool=1x1", 71464, 0.68, 1));
  runs.push_back(closed_form_run("slda", 2140200, 0.72));
  runs.push_back(closed_form_run("ncm", 410000, 0.61));
  const std::vector<RunGroup> groups = group_runs(runs);
  const Figure figure = accuracy_memory_figure(groups);
  EXPECT_NO_THROW(check_figure(figure));
  for (const Panel& panel : figure.panels) {
    if (panel.title != "CIFAR10, cutr34(3)") {
      EXPECT_THROW(series_named(panel, "closed forms"), std::runtime_error) << panel.title;
      continue;
    }
    const auto points = points_of(series_named(panel, "closed forms"), 0);
    ASSERT_EQ(points.size(), 2u) << "the seeds of one method are one point, and ncm is not on the front";
    EXPECT_NEAR(points[0].x, 71464 / 1048576.0, 1e-9);
    EXPECT_NEAR(points[0].y, 67, 1e-9);
    EXPECT_NEAR(points[1].y, 72, 1e-9);
    EXPECT_EQ(points_of(series_named(panel, "ncm"), 0).size(), 1u) << "every method has its own mark, too";
  }
  EXPECT_NO_THROW(check_figure(front_figure(groups)));
  EXPECT_NO_THROW(check_figure(fixed_slots_figure(groups, "CIFAR10")));
}

TEST_F(MemoryFigures, WithoutRunsEachIsEmptyAndSaysWhatFillsIt) {
  for (const Figure& figure : {accuracy_memory_figure({}), fetch_figure({}), family_figure({}, "CIFAR10"),
                               front_figure({}), split_figure({}), fixed_slots_figure({}, "CIFAR10")}) {
    EXPECT_TRUE(is_empty(figure)) << figure.name;
    EXPECT_THAT(figure.needs, HasSubstr("`packrat ")) << figure.name;
    EXPECT_NO_THROW(check_figure(figure));
  }
}

TEST_F(MemoryFigures, AccuracyAgainstMemoryHasAPanelADataSetAndEncoderAndAPointAGroup) {
  const Figure figure = accuracy_memory_figure(groups_);
  EXPECT_THAT(titles_of(figure),
              ElementsAre("CIFAR10, no encoder", "CIFAR10, cutr34(1)", "CIFAR10, cutr34(2)",
                          "CIFAR10, cutr34(3)", "CIFAR100, no encoder", "CIFAR100, cutr34(3)"));
  for (std::size_t state = 0; state < 6; ++state) EXPECT_EQ(points_in(figure, state), groups_.size());
  for (const Panel& panel : figure.panels) {
    EXPECT_TRUE(panel.x.log);
    EXPECT_FALSE(panel.y.log);
    ASSERT_EQ(panel.lines.size(), 1u);
    EXPECT_EQ(panel.lines[0].at, panel.title.find("CIFAR100") == 0 ? 1 : 10);
    for (const Series& series : panel.series)
      EXPECT_TRUE(std::is_sorted(series.states[0].begin(), series.states[0].end(),
                                 [](const DataPoint& a, const DataPoint& b) { return a.x < b.x; }));
  }
}

TEST_F(MemoryFigures, TheSwitchesChangeBytesAndAccuracy) {
  const Figure figure = accuracy_memory_figure(groups_);
  const Series& series = series_named(figure.panels[3], "quantization 16 local");
  const auto at = [&](const char* bytes, const char* accuracy) {
    const auto choice =
        parse_choices(figure, {std::string("bytes=") + bytes, std::string("accuracy=") + accuracy});
    return points_of(series, state_of(figure, choice)).at(1);  // 100 slots
  };
  const double exact = 100 * 512 / 1048576.0;
  EXPECT_DOUBLE_EQ(at("exact", "final").x, exact);
  EXPECT_DOUBLE_EQ(at("measured", "final").x, (100 * 512 + 100) / 1048576.0);
  EXPECT_DOUBLE_EQ(at("published", "best").x, exact / 8);
  EXPECT_NEAR(at("exact", "final").y, 31, 1e-9);
  EXPECT_NEAR(at("exact", "best").y, 36, 1e-9);
}

TEST_F(MemoryFigures, FamiliesStandSideBySideOverNoEncoderWithTheUncompressedLine) {
  const Figure figure = family_figure(groups_, "CIFAR10");
  EXPECT_EQ(figure.panels.size(), 12u);
  EXPECT_EQ(figure.columns, 6);
  EXPECT_TRUE(figure.shared_axes);
  for (std::size_t at = 0; at < figure.panels.size(); ++at) {
    EXPECT_THAT(figure.panels[at].y.title, HasSubstr(at < 6 ? "cutr34(3)" : "no encoder"));
    EXPECT_EQ(series_named(figure.panels[at], "none").states[0].size(), 4u) << "black line in every panel";
    EXPECT_EQ(figure.panels[at].lines.at(0).at, 10) << "random guessing";
  }
  EXPECT_EQ(figure.panels[0].series.size(), 3u) << "none and two thinning settings";
}

TEST_F(MemoryFigures, FetchsFigureHasItsEightSeriesUprightUnderThePapersNames) {
  std::vector<StoredRun> runs;
  for (const char* const dataset : {"CIFAR10", "CIFAR100"})
    for (const std::int64_t slots : {1000, 10, 100})
      for (const std::int64_t seed : {0, 1, 2}) {
        for (const ExampleCodec& codec : {no_codec(), convae(16), convae(8)})
          runs.push_back(example_run("none", codec, slots, seed, dataset));
        for (const ExampleCodec& codec :
             {no_codec(), thinned("0.5"), thinned("0.9"), thinned("0.95"),
              quantized(2, "tiny_imagenet_transfer"), quantized(4, "tiny_imagenet_transfer"),
              quantized(32, "tiny_imagenet_transfer"), quantized(32)})
          runs.push_back(example_run("3", codec, slots, seed, dataset));
      }
  runs.push_back(example_run("2", thinned("0.5"), 10));    // another cut
  runs.push_back(closed_form_run("slda", 2140200, 0.72));  // no entries
  const std::vector<RunGroup> groups = group_runs(runs);
  const Figure figure = fetch_figure(groups);
  EXPECT_NO_THROW(check_figure(figure));
  EXPECT_THAT(titles_of(figure), ElementsAre("CIFAR10, cutr34(3)", "CIFAR100, cutr34(3)"));
  EXPECT_EQ(figure.columns, 2);
  const auto choice = parse_choices(figure, {"bytes=exact", "accuracy=best"});
  for (const Panel& panel : figure.panels) {
    std::vector<std::string> names;
    for (const Series& series : panel.series) names.push_back(series.name);
    EXPECT_THAT(names, ElementsAre("GDumb", "autoencoder 16", "FETCH, no compressor", "FETCH, thinning 0.5",
                                   "FETCH, thinning 0.95", "FETCH, quantization transfer 2",
                                   "FETCH, quantization transfer 4", "FETCH, quantization transfer 32"));
    EXPECT_FALSE(panel.x.log);
    EXPECT_TRUE(panel.y.log);
    EXPECT_EQ(title_text(figure, panel.x.title, choice), "best accuracy, %");
    EXPECT_EQ(title_text(figure, panel.y.title, choice), "total memory, MiB, exact");
    const auto& points =
        points_of(series_named(panel, "FETCH, quantization transfer 4"), state_of(figure, choice));
    ASSERT_EQ(points.size(), 3u) << "a point a number of slots";
    EXPECT_DOUBLE_EQ(points[1].y, 100 * 256 / 1048576.0);
    EXPECT_NEAR(points[1].x, 36, 1e-9) << "the median of three seeds";
    EXPECT_FALSE(points[1].low) << "no error bar along the wrong axis";
    EXPECT_LT(points[0].y, points[1].y);
    ASSERT_EQ(panel.lines.size(), 1u);
    EXPECT_TRUE(panel.lines[0].vertical);
    EXPECT_EQ(panel.lines[0].at, panel.title.find("CIFAR100") == 0 ? 1 : 10);
  }
}

TEST_F(MemoryFigures, FetchsFigureHasAPanelOnlyForTasksWithItsSeries) {
  const std::vector<StoredRun> runs{example_run("3", quantized(32), 10),
                                    example_run("none", no_codec(), 10, 0, "CIFAR100")};
  const auto groups = group_runs(runs);
  EXPECT_THAT(titles_of(fetch_figure(groups)), ElementsAre("CIFAR100, cutr34(3)"));
}

TEST_F(MemoryFigures, TheFrontRisesAndEveryPointOfItIsARun) {
  const Figure figure = front_figure(groups_);
  for (const Panel& panel : figure.panels) {
    std::set<std::pair<double, double>> runs;
    const Series& front = series_named(panel, "front");
    for (std::size_t state = 0; state < 6; ++state) {
      for (const Series& series : panel.series)
        if (&series != &front)
          for (const DataPoint& p : points_of(series, state)) runs.insert({p.x, p.y});
      const auto& points = points_of(front, state);
      ASSERT_FALSE(points.empty());
      for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(runs.count({points[i].x, points[i].y}), 1u);
        if (i > 0) {
          EXPECT_GT(points[i].y, points[i - 1].y);
        }
      }
    }
  }
}

TEST_F(MemoryFigures, WhereToSplitHasAPointACutAtOneBudget) {
  const Figure figure = split_figure(groups_);
  ASSERT_THAT(titles_of(figure), ElementsAre("CIFAR10"));
  ASSERT_EQ(figure.panels[0].series.size(), 1u);
  const Series& series = figure.panels[0].series[0];
  EXPECT_EQ(series.name, "quantization 4 local, 10 MiB");
  std::vector<double> cuts;
  for (const DataPoint& p : series.states.at(0)) cuts.push_back(p.x);
  EXPECT_THAT(cuts, ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(series.states[0][0].low) << "three seeds";
}

TEST_F(MemoryFigures, FixedSlotsLetTheReaderChooseTheNumber) {
  const Figure figure = fixed_slots_figure(groups_, "CIFAR10");
  ASSERT_EQ(figure.switches.size(), 3u);
  EXPECT_EQ(figure.switches[0].name, "slots");
  std::set<std::string> slots(figure.switches[0].choices.begin(), figure.switches[0].choices.end());
  EXPECT_EQ(slots, (std::set<std::string>{"10", "100", "1000", "10000"}));
  const auto state = state_of(figure, parse_choices(figure, {"slots=1000", "bytes=exact"}));
  const Series& line = series_named(figure.panels[0], "quantization local, cutr34(3)");
  ASSERT_EQ(points_of(line, state).size(), 2u);
  EXPECT_DOUBLE_EQ(points_of(line, state)[0].x, 1000 * 128 / 1048576.0);
}

TEST_F(MemoryFigures, FixedSlotsCompareWithGdumbWithNoCompressionAndWithGuessing) {
  std::vector<StoredRun> runs = runs_;
  for (StoredRun& run : runs)  // so that the two levels differ
    if (run.encoder == "none") *run.final_acc -= 0.05;
  const auto groups = group_runs(runs);
  const Figure figure = fixed_slots_figure(groups, "CIFAR10");
  const auto state = state_of(figure, parse_choices(figure, {"slots=100"}));
  for (const auto& [name, height] : {std::pair{"GDumb", 26.0}, std::pair{"no compression", 31.0}}) {
    const auto& points = points_of(series_named(figure.panels[0], name), state);
    ASSERT_EQ(points.size(), 2u) << name;
    for (const DataPoint& p : points) EXPECT_NEAR(p.y, height, 1e-9) << name;
    EXPECT_LT(points[0].x, points[1].x);
  }
  EXPECT_EQ(figure.panels[0].lines.at(0).at, 10);
}

/// The example runs, each of ten classes in five tasks and once more of two classes in one, far better.
std::vector<StoredRun> runs_of_two_tasks() {
  std::vector<StoredRun> runs;
  for (const StoredRun& run : example_runs())
    for (const bool two : {false, true}) {
      StoredRun& copy = runs.emplace_back(run);
      copy.options["num_tasks"] = two ? "1" : "5";
      copy.options["num_classes_per_task"] = "2";
      copy.classes = two ? 2 : 10;
      if (two) *copy.final_acc += 0.5, *copy.best_acc += 0.5;
    }
  return runs;
}

TEST(MemoryFiguresOfTwoTasks, NoLineFrontOrLevelMixesThem) {
  const std::vector<StoredRun> runs = runs_of_two_tasks();
  const auto groups = group_runs(runs);
  EXPECT_THAT(tasks_of(groups), ElementsAre("CIFAR10 1x2 classes", "CIFAR10 5x2 classes",
                                            "CIFAR100 1x2 classes", "CIFAR100 5x2 classes"));
  std::vector<Figure> figures{accuracy_memory_figure(groups), fetch_figure(groups), front_figure(groups),
                              split_figure(groups)};
  for (const std::string& task : tasks_of(groups)) {
    figures.push_back(family_figure(groups, task));
    figures.push_back(fixed_slots_figure(groups, task));
  }
  std::set<std::string> names;
  for (const Figure& figure : figures) {
    EXPECT_NO_THROW(check_figure(figure));
    EXPECT_TRUE(names.insert(figure.name).second) << figure.name;
    for (const Panel& panel : figure.panels) {
      bool two = false, ten = false;  // classes: accuracies of two are above 60 %, of ten below
      for (const Series& series : panel.series)
        for (const DataPoint& p : points_of(series, 0))
          ((figure.name == "fetch-figure" ? p.x : p.y) > 60 ? two : ten) = true;
      EXPECT_FALSE(two && ten) << figure.name << ", " << panel.title;
      for (const auto& line : panel.lines)
        EXPECT_EQ(line.at, two ? 50 : 10) << figure.name << ", " << panel.title;
    }
  }
  EXPECT_EQ(names.count("families-cifar10-1x2-classes"), 1u);
}

TEST_F(MemoryFigures, FixedSlotsDrawALineARecipe) {
  std::vector<StoredRun> runs;
  for (const char* const device : {"cpu", "cuda"})
    for (const StoredRun& run : runs_) runs.emplace_back(run).options["device"] = device;
  const auto groups = group_runs(runs);
  const Figure figure = fixed_slots_figure(groups, "CIFAR10");
  for (const char* const name : {"quantization local, cutr34(3)", "GDumb", "no compression"})
    for (const std::string device : {"cpu", "cuda"}) {
      const std::string full = std::string(name) + " (device " + device + ")";
      EXPECT_EQ(points_of(series_named(figure.panels[0], full), 0).size(), 2u) << full;
    }
}

TEST_F(MemoryFigures, MissingPublishedBytesLeaveOutThatPointAlone) {
  std::vector<StoredRun> runs = runs_;
  for (StoredRun& run : runs)
    if (run.setting == "none" && run.slots == 100) run.published_mib = std::nullopt;
  const auto groups = group_runs(runs);
  const Figure figure = accuracy_memory_figure(groups);
  const auto state = state_of(figure, parse_choices(figure, {"bytes=published"}));
  EXPECT_EQ(points_in(figure, 0), groups.size());
  EXPECT_EQ(points_in(figure, state), groups.size() - 4) << "two data sets, two encoders";
}

}  // namespace
}  // namespace packrat
