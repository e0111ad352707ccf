#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/report/page.h"
#include "engine/results/results_store.h"

namespace packrat {

/// What the pages are made from. A page that needs more than runs (results of another kind, published tables,
/// a machine's measured roofs) finds its files itself, and has empty figures when there are none.
struct ReportInput {
  std::vector<StoredRun> runs;
  std::vector<std::filesystem::path> folders = {};  ///< that the runs were read from
};

/// One tab of the report.
struct ReportPage {
  std::string name;     ///< "memory"
  std::string summary;  ///< for `packrat report --help`
  std::function<Page(const ReportInput&)> build;
};
/// The one table of pages: that of the replay memory, and those that studies added.
const std::vector<ReportPage>& report_pages();

/// A table that `packrat report` prints in place of the page.
struct PrintedTable {
  std::string flag;  ///< "--summary"
  std::string help;
  std::function<Table(const ReportInput&)> build;  ///< UserError when there is nothing to show
  std::string note;                                ///< below it, in Markdown
};
/// The one table of such tables: that of codec families, and those that studies added.
const std::vector<PrintedTable>& printed_tables();

/// Add rows to the two; names that are there already are left as they are.
void add_report_page(const ReportPage& page);
void add_printed_table(const PrintedTable& table);

/// All pages, with what was run at the top.
Report build_report(const ReportInput& input);

/// Every figure of the report, in order; `packrat plot` draws them.
std::vector<Figure> figures_of(const Report& report);

/// UserError when there is none of that name: it lists those that are.
Figure find_figure(const Report& report, const std::string& name);

}  // namespace packrat
