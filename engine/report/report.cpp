#include "engine/report/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/error.h"
#include "engine/report/area_summary.h"
#include "engine/report/looks.h"
#include "engine/report/memory_page.h"

namespace packrat {
namespace {

std::string list_of(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

template <typename Number>
std::string range_of(const std::set<Number>& numbers) {
  return fmt::format("{}", fmt::join(numbers, ", "));
}

std::string what_was_run(const ReportInput& input) {
  std::set<std::string> datasets, encoders, settings;
  std::set<std::int64_t> seeds, passes;
  std::size_t imported = 0;
  for (const StoredRun& run : input.runs) {
    datasets.insert(run.dataset);
    encoders.insert(run.encoder == "none" ? "none" : run.encoder + "(" + run.encoding_block + ")");
    settings.insert(run.setting);
    if (run.seed) seeds.insert(*run.seed);
    if (run.num_passes) passes.insert(*run.num_passes);
    imported += run.imported;
  }
  std::string text =
      fmt::format("{} runs of {}, encoders {}, {} codec settings, seeds {}, passes {}.", input.runs.size(),
                  list_of(datasets), list_of(encoders), settings.size(), range_of(seeds), range_of(passes));
  if (imported > 0)
    text += fmt::format(" {} of them {} imported from logs of the original program.", imported,
                        imported == 1 ? "is" : "are");
  return text;
}

/// "Packrat 0.1.0; LibTorch 1.13.0": each with all its values.
std::string versions_text(const std::vector<StoredRun>& runs) {
  std::map<std::string, std::set<std::string>> versions;
  for (const StoredRun& run : runs)
    for (const auto& [what, version] : run.versions) versions[what].insert(version);
  std::string text;
  for (const auto& [what, seen] : versions)
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", what, list_of(seen));
  return text;
}

std::vector<ReportPage>& table_of_pages() {
  static std::vector<ReportPage> pages{
      {"memory", "accuracy against the bytes of the replay memory, and the audit of these bytes",
       memory_page}};
  return pages;
}

Table codec_families(const ReportInput& input) {
  Table table = area_table(group_runs(input.runs));
  if (table.rows.empty())
    throw UserError("there is no range of bytes to compare codec families over. " + table.needs);
  return table;
}

std::vector<PrintedTable>& table_of_tables() {
  static std::vector<PrintedTable> tables{
      {"--summary", "Print accuracy per byte by codec family instead: area under accuracy against log bytes",
       codec_families, area_method()}};
  return tables;
}

}  // namespace

const std::vector<ReportPage>& report_pages() {
  return table_of_pages();
}

const std::vector<PrintedTable>& printed_tables() {
  return table_of_tables();
}

void add_report_page(const ReportPage& page) {
  for (const ReportPage& known : report_pages())
    if (known.name == page.name) return;
  table_of_pages().push_back(page);
}

void add_printed_table(const PrintedTable& table) {
  for (const PrintedTable& known : printed_tables())
    if (known.flag == table.flag) return;
  table_of_tables().push_back(table);
}

Report build_report(const ReportInput& input) {
  Report report{"Packrat report"};
  report.counts = {fmt::format("{} runs", input.runs.size())};
  if (!input.runs.empty())
    report.summary = {what_was_run(input), "Made with " + versions_text(input.runs) + "."};
  for (const ReportPage& row : report_pages()) {
    Page page = row.build(input);
    if (!page.summary.empty()) report.summary.push_back(page.summary);
    if (!page.count.empty()) report.counts.push_back(page.count);
    report.pages.push_back(std::move(page));
  }
  if (report.summary.empty())
    report.summary.push_back("There are no runs yet: `packrat run` and `packrat sweep` write them.");
  for (Page& page : report.pages)
    for (PageSection& section : page.sections)
      for (PageBlock& block : section.blocks)
        if (auto* figure = std::get_if<Figure>(&block)) tell_apart(*figure);
  return report;
}

std::vector<Figure> figures_of(const Report& report) {
  std::vector<Figure> figures;
  for (const Page& page : report.pages)
    for (const PageSection& section : page.sections)
      for (const PageBlock& block : section.blocks)
        if (const auto* figure = std::get_if<Figure>(&block)) figures.push_back(*figure);
  return figures;
}

Figure find_figure(const Report& report, const std::string& name) {
  std::vector<std::string> known;
  for (Figure& figure : figures_of(report)) {
    if (figure.name == name) return std::move(figure);
    known.push_back(figure.name);
  }
  throw UserError(fmt::format("there is no figure '{}': choose one of {}", name, fmt::join(known, ", ")));
}

}  // namespace packrat
