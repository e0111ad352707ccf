#include "engine/report/html.h"

#include <gmock/gmock.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/report/assets.h"
#include "tests/report/example_figures.h"
#include "tests/report/times_in.h"

namespace packrat {
namespace {
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Table escaped_table() {
  Table table{"runs", "Runs of <b>", "`packrat run` fills it."};
  table.columns = {{"codec", 2, "help \"quoted\""}, {"final %"}, {"bytes"}};
  table.rows = {{std::string("thin|<script>alert(1)</script>"), 12.3456, {}},
                {std::string(61, 'x'), 7.0, std::int64_t{1536000}}};
  return table;
}

Report example_report() {
  Report report{"A <title> & more", {"First `code <x>` and text."}};
  PageSection figures{"figures", "Figures", {std::string("A paragraph.")}};
  for (const Figure& figure : example_figures()) figures.blocks.push_back(figure);
  report.pages = {{"one", "One page", {figures}},
                  {"two", "Other", {{"tables", "Tables", {escaped_table()}}}}};
  return report;
}

/// The page without the scripts and styles that are the same in every page.
std::string without_assets(std::string page) {
  for (const std::string_view asset : {plotly_js(), page_js(), page_css()}) {
    const std::size_t at = page.find(asset);
    EXPECT_NE(at, std::string::npos) << "a part is missing from the page";
    if (at != std::string::npos) page.erase(at, asset.size());
  }
  return page;
}

json figures_in(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"figures\">";
  const std::size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(Html, LoadsNothingFromElsewhere) {
  const std::string page = without_assets(html_text(example_report()));
  const RE2 loaded(R"re((src|href|action|data)\s*=\s*["']?\s*(https?:|//|file:|ftp:))re");
  ASSERT_TRUE(loaded.ok()) << loaded.error();
  EXPECT_FALSE(RE2::PartialMatch(page, loaded));
  EXPECT_EQ(times_in(page, "src="), 0u);
  EXPECT_EQ(times_in(page, "<link"), 1u) << "the empty icon alone";
  EXPECT_THAT(page, HasSubstr("<link rel=\"icon\" href=\"data:,\">"));
  for (const std::string_view asset : {page_js(), page_css()})
    for (const char* const word : {"@import", "url(", "fetch(", "XMLHttpRequest", "http:", "https:"})
      EXPECT_EQ(asset.find(word), std::string_view::npos) << word;
}

TEST(Html, HoldsEveryFigureThatHasData) {
  const std::string page = html_text(example_report());
  const json figures = figures_in(page);
  ASSERT_EQ(figures.size(), example_figures().size());
  for (std::size_t f = 0; f < figures.size(); ++f) {
    const Figure figure = example_figures()[f];
    EXPECT_EQ(figures[f]["name"], figure.name);
    EXPECT_THAT(page, HasSubstr("id=\"plot-" + figure.name + "\""));
    for (const Switch& s : figure.switches)
      for (const std::string& choice : s.choices)
        EXPECT_EQ(times_in(page, fmt::format("name=\"{}.{}\" value=\"{}\"", figure.name, s.name, choice)),
                  1u);
  }
  EXPECT_EQ(times_in(page, " checked>"), 2u) << "the first choice of both switches";
}

TEST(Html, EscapesWhatTextsHold) {
  const std::string page = without_assets(html_text(example_report()));
  EXPECT_THAT(page, HasSubstr("<title>A &lt;title&gt; &amp; more</title>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"t long\" data-v=\"thin|&lt;script&gt;alert(1)&lt;/script&gt;\">"));
  EXPECT_THAT(page, HasSubstr("title=\"help &quot;quoted&quot;\""));
  EXPECT_THAT(page, HasSubstr("<h3>Runs of &lt;b&gt;</h3>"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
}

TEST(Html, NoNameEndsTheScriptThatHoldsTheFigures) {
  Report report = example_report();
  const std::size_t before = times_in(html_text(report), "</script>");
  Figure figure = shared_figure();
  figure.name = "hostile";
  figure.panels[0].title = "</script><script>alert(1)</script><!--";
  figure.panels[0].series[0].name = "</script>";
  report.pages[0].sections[0].blocks.push_back(figure);
  const std::string page = html_text(report);
  EXPECT_EQ(times_in(page, "</script>"), before);
  EXPECT_EQ(figures_in(page).back()["traces"][0]["style"]["legendgroup"], "</script>");
}

TEST(Html, CellsKeepTheirValueBesideTheirText) {
  const std::string page = html_text(example_report());
  EXPECT_THAT(page, HasSubstr("<td class=\"n\" data-v=\"12.3456\">12.35</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\" data-v=\"\">-</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\" data-v=\"1536000\">1536000</td>"));
}

TEST(Html, WithoutDataItSaysWhatWouldFillAFigureOrATable) {
  Figure figure{"empty", "Empty"};
  figure.needs = "`packrat sweep iso-byte` fills it.";
  Table table = escaped_table();
  table.rows.clear();
  const std::string page = html_text({"t", {}, {{"p", "P", {{"s", "S", {figure, table}}}}}});
  EXPECT_THAT(page, HasSubstr("No data yet. <code>packrat sweep iso-byte</code> fills it."));
  EXPECT_THAT(page, HasSubstr("No data yet. <code>packrat run</code> fills it."));
  EXPECT_EQ(figures_in(page), json::array());
  EXPECT_EQ(times_in(without_assets(page), "<table"), 0u);
}

TEST(Html, TabsStandThereOnlyForSeveralPages) {
  Report report = example_report();
  EXPECT_EQ(times_in(html_text(report), "role=\"tab\""), 2u);
  report.pages.pop_back();
  EXPECT_EQ(times_in(without_assets(html_text(report)), "role=\"tab\""), 0u);
}

TEST(Html, TheSameReportGivesTheSameBytes) {
  EXPECT_EQ(html_text(example_report()), html_text(example_report()));
}

TEST(Html, RefusesTwoFiguresOrTablesOfOneName) {
  for (const PageBlock& block : {PageBlock(switched_figure()), PageBlock(escaped_table())}) {
    Report report = example_report();
    report.pages[1].sections[0].blocks.push_back(block);
    EXPECT_THROW(html_text(report), Error);
  }
}

TEST(Html, ProseSetsCodeInBackquotes) {
  EXPECT_EQ(html_prose("a `b < c` d"), "a <code>b &lt; c</code> d");
  EXPECT_EQ(html_prose("`a` & `b`"), "<code>a</code> &amp; <code>b</code>");
  EXPECT_EQ(html_prose("an open `one"), "an open <code>one</code>");
  EXPECT_EQ(html_prose(""), "");
}

}  // namespace
}  // namespace packrat
