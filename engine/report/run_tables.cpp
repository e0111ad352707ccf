#include "engine/report/run_tables.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/bytes.h"
#include "engine/experiment/run_options.h"
#include "engine/report/front.h"

namespace packrat {
namespace {

TableCell percent(const std::optional<double>& fraction) {
  return fraction ? TableCell(*fraction * 100) : TableCell();
}

TableCell ratio(const std::optional<double>& above, const std::optional<double>& below) {
  return above && below && *below > 0 ? TableCell(*above / *below) : TableCell();
}

TableCell seconds(const StoredRun& run, const std::string& phase) {
  const auto it = run.seconds.find(phase);
  return it == run.seconds.end() ? TableCell() : TableCell(it->second);
}

/// Options that have no column of their own and may say something about the result.
bool is_listed(const std::string& name) {
  const Aspect aspect = aspect_of(name);
  return affects_result(name) &&
         (aspect == Aspect::kOther || aspect == Aspect::kTask || aspect == Aspect::kMethod);
}

/// Options with more than one value among the runs (an option that did not apply counts as one).
std::vector<std::string> varying_options(const std::vector<StoredRun>& runs) {
  std::map<std::string, std::set<std::string>> values;
  std::map<std::string, std::size_t> having;
  for (const StoredRun& run : runs)
    for (const auto& [name, value] : run.options) {
      values[name].insert(value);
      ++having[name];
    }
  std::vector<std::string> names;
  for (const auto& [name, seen] : values)
    if ((seen.size() > 1 || having[name] < runs.size()) && is_listed(name)) names.push_back(name);
  return names;
}

}  // namespace

Table audit_table(const std::vector<RunGroup>& groups) {
  Table table{"audit", "", "Any `packrat run` fills it.", {}, {}};
  table.columns = {{"data set"},
                   {"encoder"},
                   {"codec"},
                   {"slots"},
                   {"published MiB", 4, "the storage formula of the papers' notebooks, slips included"},
                   {"exact bytes", 0, "what a perfect implementation needs, without labels"},
                   {"measured bytes", 0, "what the program held: payload, labels, index, slack, shared"},
                   {"measured / published", 3},
                   {"measured / exact", 4},
                   {"why measured and published differ"}};
  for (const RunGroup& group : groups) {
    const StoredRun& run = group.first();
    if (!run.measured_bytes && !run.exact_bytes && !run.published_mib) continue;
    const auto measured = mib_of(run, BytesColumn::kMeasured), exact = mib_of(run, BytesColumn::kExact);
    table.rows.push_back({group.task, encoder_text(run), group.series_name(), cell_of(run.slots),
                          cell_of(run.published_mib), cell_of(run.exact_bytes), cell_of(run.measured_bytes),
                          ratio(measured, run.published_mib), ratio(measured, exact), run.why});
  }
  return table;
}

Table front_table(const std::vector<RunGroup>& groups) {
  Table table{"front-runs",
              "On the front of measured bytes and final accuracy",
              "Any `packrat run` fills it.",
              {},
              {}};
  table.columns = {{"data set"}, {"encoder"}, {"codec"},      {"slots"}, {"measured MiB", 4},
                   {"final %"},  {"least %"}, {"greatest %"}, {"seeds"}};
  for (const std::string& task : tasks_of(groups)) {
    std::vector<const RunGroup*> members;
    std::vector<Tradeoff> points;
    for (const RunGroup& group : groups) {
      const auto mib = group.mib(BytesColumn::kMeasured), accuracy = group.accuracy(AccuracyColumn::kFinal);
      if (group.task != task || !mib || !accuracy) continue;
      members.push_back(&group);
      points.push_back({mib->median, accuracy->median});
    }
    for (const std::size_t at : best_for_cost(points)) {
      const StoredRun& run = members[at]->first();
      const Spread accuracy = *members[at]->accuracy(AccuracyColumn::kFinal);
      table.rows.push_back({task, encoder_text(run), members[at]->series_name(), cell_of(run.slots),
                            points[at].cost, accuracy.median, accuracy.low, accuracy.high,
                            static_cast<std::int64_t>(accuracy.count)});
    }
  }
  return table;
}

Table runs_table(const std::vector<StoredRun>& runs) {
  Table table{"runs", "", "Any `packrat run` fills it.", {}, {}};
  table.columns = {{"run"},
                   {"data set"},
                   {"encoder"},
                   {"codec"},
                   {"slots"},
                   {"seed"},
                   {"passes"},
                   {"final %"},
                   {"best %"},
                   {"task-masked %"},
                   {"published MiB", 4},
                   {"exact bytes"},
                   {"measured bytes"},
                   {"encode s", 1},
                   {"train s", 1},
                   {"evaluate s", 1},
                   {"peak MiB", 0}};
  const std::vector<std::string> more = varying_options(runs);
  for (const std::string& name : more) table.columns.push_back({name});
  for (const StoredRun& run : runs) {
    const TableCell peak = run.peak_memory_bytes
                               ? TableCell(static_cast<double>(*run.peak_memory_bytes) / kBytesPerMiB)
                               : TableCell();
    std::vector<TableCell> row{run.name + (run.imported ? " (imported)" : ""),
                               run.dataset,
                               encoder_text(run),
                               run.setting,
                               cell_of(run.slots),
                               cell_of(run.seed),
                               cell_of(run.num_passes),
                               percent(run.final_acc),
                               percent(run.best_acc),
                               percent(run.task_acc),
                               cell_of(run.published_mib),
                               cell_of(run.exact_bytes),
                               cell_of(run.measured_bytes),
                               seconds(run, "encode"),
                               seconds(run, "train"),
                               seconds(run, "evaluate"),
                               peak};
    for (const std::string& name : more) {
      const auto it = run.options.find(name);
      row.push_back(it == run.options.end() || it->second.empty() ? TableCell() : TableCell(it->second));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace packrat
