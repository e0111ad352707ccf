#include "engine/report/gnuplot.h"

#include <gmock/gmock.h>

#include "engine/core/files.h"
#include "engine/report/gnuplot_script.h"
#include "engine/report/palette.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"
#include "tests/report/example_figures.h"
#include "tests/report/times_in.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_data::TempFolder;
using testing_data::user_error;

std::vector<std::size_t> first_choice(const Figure& figure) {
  return std::vector<std::size_t>(figure.switches.size(), 0);
}

/// A big-endian number of a PNG's header, whose width lies at 16 and whose height at 20.
std::size_t png_number(const std::string& bytes, std::size_t at) {
  std::size_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(i));
  return value;
}

TEST(GnuplotScript, HoldsTheDataOfTheChosenStateAlone) {
  const Figure figure = switched_figure();
  for (const auto& choice : all_choices(figure)) {
    const auto state = static_cast<int>(state_of(figure, choice));
    const std::string script = gnuplot_script(figure, choice, "x.pdf");
    for (int other = 0; other < 6; ++other)
      EXPECT_EQ(times_in(script, fmt::format("\n0.5 {0} {1} {2}\n", 10 * (other + 1) + 1,
                                             10 * (other + 1) - 1, 10 * (other + 1) + 4)),
                other == state ? 2u : 0u)
          << "state " << other << " in the script of " << state;
    EXPECT_THAT(script, HasSubstr("'memory, MiB, " + figure.switches[0].choices[choice[0]] + "'"));
    EXPECT_THAT(script, HasSubstr("'" + figure.switches[1].choices[choice[1]] + " accuracy, %'"));
  }
}

TEST(GnuplotScript, QuotesWhateverANameHolds) {
  Figure figure = switched_figure();
  figure.panels[0].y.title = "it's'; system('touch broken') #\nnext line";
  EXPECT_THAT(gnuplot_script(figure, {0, 0}, "x.pdf"),
              HasSubstr(R"(set ylabel 'it''s''; system(''touch broken'') #'."\n".'next line' noenhanced)"));
}

TEST(GnuplotScript, TicksOfALogarithmicAxisArePowersOfTenWithRoomForTheirTexts) {
  EXPECT_EQ(gnuplot_log_ticks(0.005, 20, 5), "('0.01' 0.01, '0.1' 0.1, '1' 1, '10' 10)");
  EXPECT_EQ(gnuplot_log_ticks(0.005, 20, 2), "('0.01' 0.01, '' 0.1 1, '1' 1, '' 10 1)");
  EXPECT_EQ(gnuplot_log_ticks(0.01, 1, 0), "('' 0.01, '' 0.1, '' 1)");
  EXPECT_EQ(gnuplot_log_ticks(4, 40, 5), "('5' 5, '10' 10, '20' 20)");
  EXPECT_EQ(gnuplot_log_ticks(1e4, 1e6, 5), "('10^{4}' 10000, '10^{5}' 100000, '10^{6}' 1e+06)");
  EXPECT_EQ(gnuplot_log_ticks(1.5e5, 6e5, 5), "('2·10^{5}' 200000, '5·10^{5}' 500000)");
}

TEST(GnuplotScript, ALinearAxisHasAtLeastTwoTicksAndAsManyAsItHasRoomFor) {
  for (const double low : {-3.1, 0.0, 0.4, 4.1, 98.7})
    for (const double width : {0.012, 0.8, 1.0, 9.1, 45.0, 7400.0})
      for (const int most : {3, 5, 8}) {
        const double step = linear_tick_step(low, low + width, most);
        const double ticks = std::floor((low + width) / step) - std::ceil(low / step) + 1;
        EXPECT_GE(ticks, 2) << low << " to " << low + width << " by " << step;
        EXPECT_LE(ticks, most) << low << " to " << low + width << " by " << step;
      }
  EXPECT_DOUBLE_EQ(linear_tick_step(0, 100, 6), 20);
  EXPECT_DOUBLE_EQ(linear_tick_step(0.4, 9.3, 3), 3);
}

TEST(GnuplotScript, LeavesOutWhatAnAxisCannotShow) {
  const std::string script = gnuplot_script(unshowable_figure(), {}, "x.pdf");
  EXPECT_THAT(script, AllOf(HasSubstr("\n10 3 3 3\n"), Not(HasSubstr("inf")), Not(HasSubstr("\n-1 "))));
}

TEST(GnuplotScript, TheEndingDecidesTheFormatAndOthersAreRefused) {
  const Figure figure = switched_figure();
  EXPECT_THAT(gnuplot_script(figure, {0, 0}, "x.pdf"), HasSubstr("set terminal pdfcairo"));
  EXPECT_THAT(gnuplot_script(figure, {0, 0}, "x.svg"), HasSubstr("set terminal svg"));
  EXPECT_THAT(gnuplot_script(figure, {0, 0}, "x.png"), HasSubstr("set terminal pngcairo"));
  for (const char* const name : {"x.jpg", "x", "pdf"})
    EXPECT_THAT(user_error([&] { gnuplot_script(figure, {0, 0}, name); }), HasSubstr(".pdf, .svg or .png"));
}

TEST(GnuplotScript, AFigureWithoutDataSaysWhatWouldFillIt) {
  Figure figure{"nothing", "Nothing"};
  figure.needs = "`packrat sweep iso-byte` fills it.";
  figure.panels = {{"", {"x"}, {"y"}}};
  EXPECT_THAT(user_error([&] { gnuplot_script(figure, {}, "x.pdf"); }),
              AllOf(HasSubstr("nothing"), HasSubstr("iso-byte")));
}

TEST(PaperFigure, IsDrawnInEveryFormatAndEveryState) {
  const TempFolder folder;
  for (const Figure& figure : example_figures())
    for (const auto& [ending, begins] :
         {std::pair{".pdf", "%PDF-"}, std::pair{".svg", "<?xml"}, std::pair{".png", "\x89PNG"}}) {
      const fs::path file = folder / (figure.name + ending);
      write_paper_figure(figure, first_choice(figure), file);
      EXPECT_EQ(read_text(file).rfind(begins, 0), 0u) << file;
    }
  for (const auto& choice : all_choices(switched_figure()))
    EXPECT_NO_THROW(write_paper_figure(switched_figure(), choice, folder / "state.svg"));
}

TEST(PaperFigure, DrawsAMarkerForEveryPointAndEntryOfTheLegend) {
  const TempFolder folder;
  Figure figure{"markers", ""};
  Panel panel;
  for (const int series : {0, 1})
    panel.series.push_back({fmt::format("s{}", series),
                            "thinning",
                            series,
                            Mark::kPoints,
                            {{{1, 2}, {2, 3}, {3, 4.0 + series}}}});
  figure.panels = {panel};
  write_paper_figure(figure, {}, folder / "x.svg");
  const std::string svg = read_text(folder / "x.svg");
  for (const char* const marker : {"'#gpPt6'", "'#gpPt4'"})  // gnuplot counts them from 0
    EXPECT_EQ(times_in(svg, std::string("xlink:href=") + marker), 3u + 1) << marker;
}

TEST(PaperFigure, HasTheWidthThatWasAskedForAt300DotsAnInch) {
  const TempFolder folder;
  for (const double width_cm : {0.0, 8.5, 12.0}) {
    write_paper_figure(switched_figure(), {0, 0}, folder / "x.png", {width_cm});
    const double expected = (width_cm > 0 ? width_cm : 8.5) / 2.54 * 300;
    EXPECT_NEAR(static_cast<double>(png_number(read_text(folder / "x.png"), 16)), expected, 1);
  }
}

TEST(PaperFigure, AFailureLeavesWhatWasThere) {
  const TempFolder folder;
  const fs::path file = folder / "x.svg";
  testing_data::write_text(file, "an older figure");
  Figure figure = switched_figure();
  EXPECT_THROW(write_paper_figure(Figure{"nothing"}, {}, file), UserError);
  EXPECT_EQ(read_text(file), "an older figure");
  EXPECT_THROW(write_paper_figure(figure, {0, 0}, "/proc/no/such/folder/x.svg"), UserError);
}

}  // namespace
}  // namespace packrat
