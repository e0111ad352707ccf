#include "tools/run_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "engine/report/table.h"

namespace packrat {
namespace {

using RunRow = std::vector<std::string>;

constexpr std::size_t kTextColumns = 3;

const RunRow kHeading{"data set", "encoder",       "codec",    "slots",      "final %",   "best %",
                      "task %",   "published MiB", "exact B",  "measured B", "meas/publ", "meas/exact",
                      "load s",   "encode s",      "ingest s", "train s",    "eval s"};

template <typename T>
std::string number(const std::optional<T>& value, const char* format, double scale = 1) {
  return value ? fmt::format(fmt::runtime(format), static_cast<double>(*value) * scale) : "-";
}

std::string seconds(const StoredRun& run, const char* phase) {
  const auto it = run.seconds.find(phase);
  return it == run.seconds.end() ? "-" : fmt::format("{:.1f}", it->second);
}

std::string ratio(const StoredRun& run, std::optional<double> bytes, const char* format) {
  if (!run.measured_bytes || !bytes) return "-";
  return fmt::format(fmt::runtime(format), static_cast<double>(*run.measured_bytes) / *bytes);
}

RunRow row_of(const StoredRun& run) {
  std::optional<double> published, exact;
  if (run.published_mib) published = *run.published_mib * 1048576.0;
  if (run.exact_bytes) exact = static_cast<double>(*run.exact_bytes);
  return {run.dataset,
          run.encoder == "none" ? run.encoder : fmt::format("{}({})", run.encoder, run.encoding_block),
          run.codec.empty() ? run.setting : run.codec,
          number(run.slots, "{:.0f}"),
          number(run.final_acc, "{:.2f}", 100),
          number(run.best_acc, "{:.2f}", 100),
          number(run.task_acc, "{:.2f}", 100),
          number(run.published_mib, "{:.4f}"),
          number(run.exact_bytes, "{:.0f}"),
          number(run.measured_bytes, "{:.0f}"),
          ratio(run, published, "{:.3f}"),
          ratio(run, exact, "{:.4f}"),
          seconds(run, "load"),
          seconds(run, "encode"),
          seconds(run, "ingest"),
          seconds(run, "train"),
          seconds(run, "evaluate")};
}

}  // namespace

void print_run_table(const std::vector<StoredRun>& runs) {
  std::vector<RunRow> table{kHeading};
  for (const StoredRun& run : runs) table.push_back(row_of(run));
  std::vector<std::size_t> width(kHeading.size());
  for (const RunRow& row : table)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  for (std::size_t r = 0; r < table.size(); ++r) {
    for (std::size_t c = 0; c < width.size(); ++c)
      fmt::print("| {} ", c < kTextColumns ? fmt::format("{:<{}}", table[r][c], width[c])
                                           : fmt::format("{:>{}}", table[r][c], width[c]));
    fmt::print("|\n");
    if (r > 0) continue;
    for (std::size_t c = 0; c < width.size(); ++c)
      fmt::print("|{}{}", std::string(width[c] + 1, '-'), c < kTextColumns ? "-" : ":");
    fmt::print("|\n");
  }
}

void print_run_table(const std::vector<StoredSparsification>& runs) {
  Table table{{},
              {},
              {},
              {{"data set"},
               {"network"},
               {"method"},
               {"C", 6},
               {"seed"},
               {"compression", 1},
               {"left"},
               {"packed B"},
               {"in bytes", 1},
               {"dense %"},
               {"before %"},
               {"after %"},
               {"epochs"},
               {"trained s", 0}},
              {}};
  for (const StoredSparsification& run : runs)
    table.rows.push_back(
        {run.dataset, (run.complex ? "complex " : "") + run.model, run.method, run.c, run.seed,
         run.compression, run.parameters - run.zeros, cell_of(run.packed_bytes),
         cell_of(run.byte_compression()), 100 * run.dense_acc, 100 * run.before_acc, 100 * run.after_acc,
         fmt::format("{}+{}+{}", run.dense.epochs, run.sparsify.epochs, run.fine_tune.epochs),
         run.dense.seconds + run.sparsify.seconds + run.fine_tune.seconds});
  fmt::print("{}", markdown_text(table));
}

}  // namespace packrat
