#include "engine/studies/report/sparsify_tables.h"

#include <fmt/format.h>

#include <cmath>

namespace packrat {
namespace {

constexpr double kSameC = 0.01;  // the published C are printed with three or four digits

const PublishedMedian* published_at(const PublishedSparsification& published, const SparsifyGroup& group) {
  for (const PublishedMedian& median : published.medians)
    if (median.network == group.network() && median.method == group.first().method &&
        std::abs(group.first().c / median.c - 1) < kSameC)
      return &median;
  return nullptr;
}

TableCell text_or_nothing(const std::string& text) {
  return text.empty() ? TableCell() : TableCell(text);
}

std::string epochs_text(const StoredStage& stage) {
  return fmt::format("{}{}", stage.epochs, stage.end == "early" ? " (early)" : "");
}

}  // namespace

Table published_comparison_table(const std::vector<SparsifyGroup>& groups,
                                 const PublishedSparsification& published) {
  Table table{"sparsify-published", "Ours beside the published medians", "`packrat sweep sparsify-fashion`"};
  table.columns = {{"data set"},
                   {"network"},
                   {"method"},
                   {"C", 4},
                   {"seeds", 0, "of ours; the published medians are of five replicates"},
                   {"compression", 1},
                   {"published", 1},
                   {"least", 1, "of the published replicates"},
                   {"greatest", 1, "of the published replicates"},
                   {"difference, %", 1},
                   {"before, %", 2, "with the weights dropped, not fine-tuned"},
                   {"published before", 2},
                   {"difference before", 2, "points"},
                   {"fine-tuned, %", 2},
                   {"published fine-tuned", 2},
                   {"difference fine-tuned", 2, "points"},
                   {"otherwise than published"}};
  for (const SparsifyGroup& group : groups) {
    const PublishedMedian* median = published_at(published, group);
    if (median == nullptr) continue;
    const double compression = group.compression().median, before = group.before().median,
                 after = group.after().median;
    table.rows.push_back({group.first().dataset, group.network().network(), group.first().method,
                          group.first().c, static_cast<std::int64_t>(group.runs.size()), compression,
                          median->compression, median->least_compression, median->greatest_compression,
                          100 * (compression / median->compression - 1), before, 100 * median->before,
                          before - 100 * median->before, after, 100 * median->after,
                          after - 100 * median->after, text_or_nothing(departures(group.first()))});
  }
  return table;
}

Table sparsifications_table(const std::vector<StoredSparsification>& runs) {
  Table table{"sparsifications", "", "`packrat sparsify`, or `packrat sweep sparsify-fashion`"};
  table.columns = {{"run"},
                   {"data set"},
                   {"network"},
                   {"method"},
                   {"C", 4},
                   {"seed"},
                   {"compression", 1},
                   {"parameters"},
                   {"left"},
                   {"packed bytes", 0, "measured: the weights that are left, their places and all biases"},
                   {"compression in bytes", 1, "4 bytes a parameter over the packed bytes"},
                   {"dense %"},
                   {"before %", 2, "with the weights dropped, not fine-tuned"},
                   {"fine-tuned %"},
                   {"dense epochs"},
                   {"sparsify epochs"},
                   {"fine-tune epochs"},
                   {"train s", 0, "of all stages, the dense one whichever run trained it"},
                   {"otherwise than published"}};
  for (const StoredSparsification& run : runs)
    table.rows.push_back(
        {run.name, run.dataset, SparsifiedNetwork{run.dataset, run.model, run.complex}.network(), run.method,
         run.c, run.seed, run.compression, run.parameters, run.parameters - run.zeros,
         cell_of(run.packed_bytes), cell_of(run.byte_compression()), 100 * run.dense_acc,
         100 * run.before_acc, 100 * run.after_acc, epochs_text(run.dense), epochs_text(run.sparsify),
         epochs_text(run.fine_tune), run.dense.seconds + run.sparsify.seconds + run.fine_tune.seconds,
         text_or_nothing(departures(run))});
  return table;
}

}  // namespace packrat
