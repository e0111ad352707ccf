#include "engine/report/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/files.h"
#include "engine/report/gnuplot.h"
#include "engine/report/html.h"
#include "engine/report/plotly.h"
#include "engine/report/run_tables.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"
#include "tests/report/example_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

std::vector<Table> tables_of(const Report& report) {
  std::vector<Table> tables;
  for (const Page& page : report.pages)
    for (const PageSection& section : page.sections)
      for (const PageBlock& block : section.blocks)
        if (const auto* table = std::get_if<Table>(&block)) tables.push_back(*table);
  return tables;
}

const Table& table_named(const std::vector<Table>& tables, const std::string& name) {
  for (const Table& table : tables)
    if (table.name == name) return table;
  throw std::runtime_error("no table " + name);
}

std::size_t column_of(const Table& table, const std::string& title) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].title == title) return c;
  throw std::runtime_error("no column " + title);
}

TEST(Report, EveryFigureOfEveryPageIsDrawnByBothRenderers) {
  const testing_data::TempFolder folder;
  const Report report = build_report({example_runs()});
  EXPECT_EQ(report.pages.size(), report_pages().size());
  for (const Figure& figure : figures_of(report)) {
    EXPECT_NO_THROW(plotly_json(figure)) << figure.name;
    if (is_empty(figure)) continue;
    write_paper_figure(figure, parse_choices(figure, {}), folder / (figure.name + ".svg"));
    EXPECT_GT(std::filesystem::file_size(folder / (figure.name + ".svg")), 5000u) << figure.name;
  }
  EXPECT_GT(html_text(report).size(), 1000000u) << "Plotly is in it";
}

TEST(Report, WithoutRunsThePagesSayWhatWouldFillThem) {
  const Report report = build_report({});
  EXPECT_THAT(report.summary.at(0), HasSubstr("no runs yet"));
  for (const Page& page : report.pages) EXPECT_FALSE(page.sections.empty()) << page.name;
  for (const Figure& figure : figures_of(report))
    EXPECT_FALSE(is_empty(figure) && figure.needs.empty()) << figure.name;
  for (const Table& table : tables_of(report))
    EXPECT_FALSE(table.rows.empty() && table.needs.empty()) << table.name;
  EXPECT_NO_THROW(html_text(report));
}

TEST(Report, NamesOfPagesSectionsFiguresAndTablesAreUniqueAndFitForLinks) {
  std::set<std::string> seen;
  const auto claim = [&](const std::string& name) {
    EXPECT_TRUE(seen.insert(name).second) << name << " is there twice";
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << name;
  };
  const Report report = build_report({example_runs()});
  for (const Page& page : report.pages) {
    claim("page-" + page.name);
    for (const PageSection& section : page.sections) claim(section.name);
  }
  for (const Figure& figure : figures_of(report)) claim("plot-" + figure.name);
  for (const Table& table : tables_of(report)) claim(table.name);
}

TEST(Report, SaysWhatWasRun) {
  auto runs = example_runs();
  runs[0].imported = true;
  runs[0].versions["Packrat"] = "1.2.4";
  const auto summary = build_report({runs}).summary;
  EXPECT_THAT(summary.at(0), AllOf(HasSubstr(fmt::format("{} runs of CIFAR10, CIFAR100", runs.size())),
                                   HasSubstr("cutr34(3)"), HasSubstr("7 codec settings"),
                                   HasSubstr("seeds 0, 1, 2"), HasSubstr("1 of them")));
  EXPECT_THAT(summary.at(1), HasSubstr("Packrat 1.2.3, 1.2.4"));
}

TEST(Report, AnUnknownFigureIsRefusedAndTheKnownOnesAreNamed) {
  const Report report = build_report({});
  EXPECT_EQ(find_figure(report, "front").name, "front");
  EXPECT_THAT(user_error([&] { find_figure(report, "fronts"); }),
              AllOf(HasSubstr("'fronts'"), HasSubstr("accuracy-memory")));
}

TEST(Report, TheAuditHasEveryGroupWithItsRatios) {
  const auto runs = example_runs();
  const auto groups = group_runs(runs);
  const Table audit = audit_table(groups);
  ASSERT_EQ(audit.rows.size(), groups.size());
  const auto& row = audit.rows[0];  // no encoder, none, 10 slots: 40960 bytes
  EXPECT_EQ(std::get<std::int64_t>(row[column_of(audit, "exact bytes")]), 40960);
  EXPECT_EQ(std::get<std::int64_t>(row[column_of(audit, "measured bytes")]), 41060);
  EXPECT_DOUBLE_EQ(std::get<double>(row[column_of(audit, "measured / published")]), 8 * 41060 / 40960.0);
  EXPECT_DOUBLE_EQ(std::get<double>(row[column_of(audit, "measured / exact")]), 41060 / 40960.0);
  EXPECT_EQ(std::get<std::string>(row.back()), "because");
}

TEST(Report, TheRunsTableHasEveryRunAndTheOptionsThatDiffer) {
  auto runs = example_runs();
  runs[0].options["maxlr"] = "0.1";
  for (std::size_t i = 1; i < runs.size(); ++i) runs[i].options["maxlr"] = "0.05";
  for (StoredRun& run : runs) run.options["batch_size"] = "16";
  const auto tables = tables_of(build_report({runs}));
  const Table& table = table_named(tables, "runs");
  ASSERT_EQ(table.rows.size(), runs.size());
  EXPECT_EQ(std::get<std::string>(table.rows[0][column_of(table, "maxlr")]), "0.1");
  EXPECT_THROW(column_of(table, "batch_size"), std::runtime_error) << "the same in all runs";
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(Report, TheTableOfTheFrontIsTheFrontOfTheFigure) {
  const auto runs = example_runs();
  const Report report = build_report({runs});
  const Figure figure = find_figure(report, "front");
  std::size_t points = 0;
  for (const Panel& panel : figure.panels) points += points_of(panel.series.back(), 0).size();
  EXPECT_EQ(table_named(tables_of(report), "front-runs").rows.size(), points);
}

}  // namespace
}  // namespace packrat
