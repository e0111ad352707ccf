#include "engine/studies/report/study_pages.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/report/report.h"
#include "engine/studies/report/cost_page.h"
#include "engine/studies/report/sparsify_page.h"
#include "engine/studies/report/sparsify_tables.h"

namespace packrat {
namespace {

Table beside_published(const ReportInput& input) {
  const std::vector<StoredSparsification> runs = sparsifications_of(input);
  Table table = published_comparison_table(group_sparsifications(runs), load_published_sparsification());
  if (table.rows.empty())
    throw UserError(
        fmt::format("no sparsification here has the data set, network, method and C of a published one: {} "
                    "makes some",
                    table.needs));
  return table;
}

}  // namespace

void add_study_pages() {
  add_report_page({"cost",
                   "operations, energy and speed of networks: published figures, rooflines, and this machine",
                   cost_page});
  add_report_page({"sparsification",
                   "accuracy and early stopping against the compression of sparsified networks",
                   sparsify_page});
  add_printed_table({"--published", "Print sparsifications beside the published ones of the same C instead",
                     beside_published, "Medians over seeds; the published ones are in data/vdard."});
}

}  // namespace packrat
