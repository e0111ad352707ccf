#include "tools/run_table.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "engine/report/table.h"

namespace packrat {
namespace {

std::optional<double> percent(const std::optional<double>& fraction) {
  return fraction ? std::optional(100 * *fraction) : std::nullopt;
}

std::optional<double> seconds(const StoredRun& run, const char* phase) {
  const auto it = run.seconds.find(phase);
  return it == run.seconds.end() ? std::nullopt : std::optional(it->second);
}

/// Measured bytes over those.
std::optional<double> ratio(const StoredRun& run, const std::optional<double>& bytes) {
  if (!run.measured_bytes || !bytes) return std::nullopt;
  return static_cast<double>(*run.measured_bytes) / *bytes;
}

std::vector<TableCell> row_of(const StoredRun& run) {
  std::optional<double> published, exact;
  if (run.published_mib) published = *run.published_mib * 1048576.0;
  if (run.exact_bytes) exact = static_cast<double>(*run.exact_bytes);
  std::vector<TableCell> row{
      run.dataset,
      run.encoder == "none" ? run.encoder : fmt::format("{}({})", run.encoder, run.encoding_block),
      run.codec.empty() ? run.setting : run.codec,
      cell_of(run.slots),
      cell_of(percent(run.final_acc)),
      cell_of(percent(run.best_acc)),
      cell_of(percent(run.task_acc)),
      cell_of(run.published_mib),
      cell_of(run.exact_bytes),
      cell_of(run.measured_bytes),
      cell_of(ratio(run, published)),
      cell_of(ratio(run, exact))};
  for (const char* phase : {"load", "encode", "ingest", "train", "evaluate"})
    row.push_back(cell_of(seconds(run, phase)));
  return row;
}

}  // namespace

void print_run_table(const std::vector<StoredRun>& runs) {
  Table table;
  table.columns = {{"data set"},  {"encoder"},     {"codec"},        {"slots"},
                   {"final %"},   {"best %"},      {"task %"},       {"published MiB", 4},
                   {"exact B"},   {"measured B"},  {"meas/publ", 3}, {"meas/exact", 4},
                   {"load s", 1}, {"encode s", 1}, {"ingest s", 1},  {"train s", 1},
                   {"eval s", 1}};
  for (const StoredRun& run : runs) table.rows.push_back(row_of(run));
  fmt::print("{}", markdown_text(table));
}

}  // namespace packrat
