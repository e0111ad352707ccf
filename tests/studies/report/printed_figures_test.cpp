// Every figure of the report as `packrat plot` prints it: whether it can be read.
#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "engine/core/files.h"
#include "engine/report/gnuplot.h"
#include "engine/report/marks.h"
#include "engine/report/palette.h"
#include "engine/report/paper_layout.h"
#include "engine/report/report.h"
#include "engine/studies/report/study_pages.h"
#include "engine/studies/roofline/machine/timed_part.h"
#include "tests/report/drawn_texts.h"
#include "tests/report/example_figures.h"
#include "tests/report/example_runs.h"
#include "tests/studies/roofline/example_machine.h"
#include "tests/studies/sparsify/example_sparsifications.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

/// A report with data for every figure: the runs of the papers' grids, closed forms, sparsifications, a
/// machine.
class PrintedFigures : public ::testing::Test {
 protected:
  PrintedFigures() {
    if (const char* const old = std::getenv("XDG_CACHE_HOME")) before_ = old;
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    const MachineProfile machine = example_machine();
    write_machine(machine, default_machine_file());
    write_timings({example_part(machine)}, machine, timings_file_beside(default_machine_file()));
    add_study_pages();
    ReportInput input{example_runs(), {folder_.path()}};
    for (const char* const dataset : {"CIFAR10", "CIFAR100"})
      for (const std::int64_t slots : {10, 100, 1000, 10000}) {
        for (const ExampleCodec& codec : {convae(8), convae(16)})
          input.runs.push_back(example_run("none", codec, slots, 0, dataset));
        for (const ExampleCodec& codec : {thinned("0.95"), quantized(2, "tiny_imagenet_transfer"),
                                          quantized(32, "tiny_imagenet_transfer")})
          input.runs.push_back(example_run("3", codec, slots, 0, dataset));
      }
    input.runs.push_back(closed_form_run("slda:pool=1x1", 71464, 0.66));
    input.runs.push_back(closed_form_run("slda", 2140200, 0.72));
    int written = 0;
    for (const char* method : {"vd", "ard"})
      for (const double c : {0.047, 0.188})
        write_sparsification(folder_ / fmt::format("run{}", ++written), {method, c, c * 400, 0.88, 0.885});
    figures_ = figures_of(build_report(input));
  }
  ~PrintedFigures() override {
    before_ ? setenv("XDG_CACHE_HOME", before_->c_str(), 1) : unsetenv("XDG_CACHE_HOME");
  }

  testing_data::TempFolder folder_;
  std::optional<std::string> before_;
  std::vector<Figure> figures_;
};

TEST_F(PrintedFigures, AllHaveData) {
  EXPECT_GT(figures_.size(), 20u);
  for (const Figure& figure : figures_) EXPECT_FALSE(is_empty(figure)) << figure.name << ": " << figure.needs;
}

TEST_F(PrintedFigures, NoTextIsCutOffOrLiesOnAnother) {
  for (const Figure& figure : figures_)
    for (const double width : {8.5, 12.0, 17.8}) {
      const auto file = folder_ / "figure.svg";
      write_paper_figure(figure, parse_choices(figure, {}), file, {width});
      const DrawnPicture picture = drawn_picture(read_text(file));
      EXPECT_GT(picture.texts.size(), 5u) << figure.name;
      expect_readable(picture, fmt::format("{}, {} cm", figure.name, width));
    }
}

/// What a reader sees of an entry of the legend.
std::string look_of(const LegendEntry& entry) {
  const MarkStyle& style = mark_style(entry.variant);
  const std::string colour = colour_of(entry.key);
  if (entry.kind == LegendEntry::Kind::kLine) return "thin line " + colour;
  if (entry.kind == LegendEntry::Kind::kBand || entry.mark == Mark::kBand) return "band " + colour;
  const bool points = entry.mark == Mark::kPoints || entry.mark == Mark::kLinePoints;
  return (points ? fmt::format("marker {} ", style.gnuplot_point) : "") +
         (entry.mark == Mark::kPoints
              ? ""
              : fmt::format("{} dash {} ", entry.mark == Mark::kSteps ? "steps" : "line",
                            style.gnuplot_dash)) +
         colour;
}

TEST_F(PrintedFigures, NoTwoNamesOfALegendLookAlike) {
  for (const Figure& figure : figures_)
    for (const auto& choice : all_choices(figure)) {
      std::map<std::string, std::string> seen;
      for (const LegendEntry& entry : paper_layout(in_state(figure, choice), 0).legend) {
        const auto [at, is_new] = seen.emplace(look_of(entry), entry.name);
        EXPECT_TRUE(is_new) << figure.name << ": '" << entry.name << "' looks like '" << at->second
                            << "': " << at->first;
      }
    }
}

TEST(DrawnTexts, AreReadFromThePictureAndTurned) {
  const DrawnPicture picture = drawn_picture(
      "<svg width=\"200\" height=\"100\" viewBox=\"0 0 200 100\">"
      "<g transform=\"translate(100.00,50.00)\" font-size=\"10\"  text-anchor=\"middle\">\n<text>a &lt; "
      "b</text></g>"
      "<g transform=\"translate(20.00,50.00) rotate(270)\" font-size=\"10\"  text-anchor=\"start\">\n"
      "<text><tspan font-size=\"10\">mmm</tspan></text></g>"
      "<g transform=\"translate(0,0)\" font-size=\"10\" text-anchor=\"start\"><text></text></g></svg>");
  ASSERT_EQ(picture.texts.size(), 2u);
  EXPECT_EQ(picture.texts[0].text, "a < b");
  const double half = 5 * (1255 + 651 + 1716 + 651 + 1300) / 2048.0;
  EXPECT_NEAR(picture.texts[0].corners[0].x, 100 - half, 1e-9);
  EXPECT_NEAR(picture.texts[0].corners[2].x, 100 + half, 1e-9);
  EXPECT_NEAR(picture.texts[0].corners[0].y, 42.5, 1e-9);
  EXPECT_NEAR(picture.texts[1].corners[1].y, 50 - 10 * 3 * 1995 / 2048.0, 1e-9) << "upwards";
  EXPECT_NEAR(picture.texts[1].corners[0].x, 12.5, 1e-9);
}

TEST(DrawnTexts, OverlapOnlyWhereNoSideDividesThem) {
  const DrawnText level = drawn_text("mmmm", {0, 0}, 0, 10, "start");
  EXPECT_TRUE(overlap(level, drawn_text("m", {20, 3}, 0, 10, "start")));
  EXPECT_FALSE(overlap(level, drawn_text("m", {0, 12}, 0, 10, "start"))) << "the next line";
  EXPECT_FALSE(overlap(level, drawn_text("m", {60, 0}, 0, 10, "start"))) << "behind it";
  EXPECT_TRUE(overlap(level, drawn_text("mmmm", {20, 20}, 270, 10, "start"))) << "upwards, across";
  const DrawnText slanted = drawn_text("mmmmmmmm", {0, 0}, -40, 10, "end");
  EXPECT_FALSE(overlap(slanted, drawn_text("mmmmmmmm", {20, 0}, -40, 10, "end"))) << "side by side";
  EXPECT_TRUE(overlap(slanted, drawn_text("mmmmmmmm", {5, 0}, -40, 10, "end")));
}

TEST(DrawnTexts, ATextBeyondTheEdgeAndOneOnAnotherAreFound) {
  const DrawnPicture good{
      100, 50, {drawn_text("a", {10, 20}, 0, 10, "start"), drawn_text("b", {10, 40}, 0, 10, "start")}};
  expect_readable(good, "good");
  DrawnPicture cut = good, covered = good;
  cut.texts.push_back(drawn_text("wide", {90, 20}, 0, 10, "start"));
  covered.texts.push_back(drawn_text("c", {12, 22}, 0, 10, "start"));
  EXPECT_NONFATAL_FAILURE(expect_readable(cut, "cut"), "'wide' is cut off");
  EXPECT_NONFATAL_FAILURE(expect_readable(covered, "covered"), "'a' lies on 'c'");
}

}  // namespace
}  // namespace packrat
