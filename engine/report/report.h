#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/report/page.h"
#include "engine/results/results_store.h"
#include "engine/results/stored_sparsification.h"

namespace packrat {

/// What the pages are made from. A page that needs more than runs (published tables, a machine's measured
/// roofs) finds its files itself, and has empty figures when there are none.
struct ReportInput {
  std::vector<StoredRun> runs;
  std::filesystem::path folder;  ///< that the runs were read from; empty for none
  std::vector<StoredSparsification> sparsifications = {};
};

/// One tab of the report. To add one: its builder, and a row in report.cpp.
struct ReportPage {
  std::string name;     ///< "memory"
  std::string summary;  ///< for `packrat report --help`
  std::function<Page(const ReportInput&)> build;
};
const std::vector<ReportPage>& report_pages();

/// All pages, with what was run at the top.
Report build_report(const ReportInput& input);

/// Every figure of the report, in order; `packrat plot` draws them.
std::vector<Figure> figures_of(const Report& report);

/// UserError when there is none of that name: it lists those that are.
Figure find_figure(const Report& report, const std::string& name);

}  // namespace packrat
