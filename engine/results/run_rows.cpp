// The table of what `packrat run` left.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/experiment/metrics.h"
#include "engine/results/result_table.h"
#include "engine/results/results_store.h"

namespace packrat {
namespace {

using Type = ResultColumn::Type;

ColumnOf<StoredRun> seconds_of(const char* phase) {
  return {{fmt::format("{}_seconds", phase), Type::kReal}, [phase](const StoredRun& run) {
            const auto it = run.seconds.find(phase);
            return it == run.seconds.end() ? ResultCell() : ResultCell(it->second);
          }};
}

ColumnOf<StoredRun> metric_of(const char* name) {
  return {{name, Type::kReal, 4}, [name](const StoredRun& run) {
            const auto it = run.continual.find(name);
            return it == run.continual.end() ? ResultCell() : ResultCell(it->second);
          }};
}

ResultCell options_text(const std::map<std::string, std::string>& options) {
  return nlohmann::json(options).dump();
}

std::vector<ColumnOf<StoredRun>> run_columns() {
  using R = StoredRun;
  std::vector<ColumnOf<R>> columns{
      {{"file"}, [](const R& run) { return ResultCell(run.file.string()); }},
      column_of("name", &R::name),
      {{"imported", Type::kWhole}, [](const R& run) { return ResultCell(std::int64_t{run.imported}); }},
      column_of("dataset", &R::dataset),
      column_of("encoder", &R::encoder),
      column_of("encoding_block", &R::encoding_block),
      column_of("method", &R::method),
      column_of("family", &R::family),
      column_of("setting", &R::setting),
      column_of("codec", &R::codec),
      column_of("slots", &R::slots),
      column_of("held", &R::held),
      column_of("budget_bytes", &R::budget_bytes),
      column_of("num_passes", &R::num_passes),
      column_of("seed", &R::seed),
      column_of("classes", &R::classes),
      column_of("final_acc", &R::final_acc, 4),
      column_of("best_acc", &R::best_acc, 4),
      column_of("task_acc", &R::task_acc, 4),
      column_of("raw_acc", &R::raw_acc, 4),
      column_of("roundtrip_acc", &R::roundtrip_acc, 4)};
  for (const Metric& metric : metrics()) columns.push_back(metric_of(metric.name));
  const std::vector<ColumnOf<R>> more{
      column_of("roundtrip_mse", &R::roundtrip_mse, 6),
      column_of("entry_bytes", &R::entry_bytes, 1),
      column_of("published_mib", &R::published_mib, 4),
      column_of("exact_bytes", &R::exact_bytes),
      column_of("measured_bytes", &R::measured_bytes),
      seconds_of("load"),
      seconds_of("encode"),
      seconds_of("fit"),
      seconds_of("ingest"),
      seconds_of("train"),
      seconds_of("decode"),
      seconds_of("evaluate"),
      column_of("peak_memory_bytes", &R::peak_memory_bytes),
      column_of("net_joules", &R::net_joules, 1),
      column_of("kg_co2e", &R::kg_co2e, 6),
      column_of("why", &R::why),
      {{"point", Type::kJson}, [](const R& run) { return options_text(point_options(run)); }},
      {{"options", Type::kJson}, [](const R& run) { return options_text(run.options); }}};
  columns.insert(columns.end(), more.begin(), more.end());
  return columns;
}

}  // namespace

ResultTable result_table(const std::vector<StoredRun>& runs) {
  return make_table("runs", run_columns(), runs);
}

}  // namespace packrat
