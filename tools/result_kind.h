#pragma once
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "engine/results/pack_results.h"
#include "engine/results/result_table.h"

namespace packrat {

/// Finished runs of one kind.
struct LoadedResults {
  ResultTable table;
  /// Prints those rows of the table, in this order, as a Markdown table with the usual columns.
  std::function<void(const std::vector<std::size_t>& rows)> print;

  std::vector<std::size_t> all_rows() const {
    std::vector<std::size_t> rows(table.rows.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
  }
};

/// A kind of finished runs: what `packrat results` and the databases of sweeps show of it.
struct ResultKind {
  const char* name;     ///< of its table: "runs"
  const char* file;     ///< that a finished run leaves: "result.json"
  const char* command;  ///< that writes it: "run"
  LoadedResults (*load)(const std::vector<std::string>& folders, const PassedOverFn& passed_over);
  PackedKind packed;
};

/// `packrat run`'s, and those of the studies.
const std::vector<ResultKind>& result_kinds();

/// The tables of all kinds, in that order, of what is below the folder.
std::vector<ResultTable> result_tables(const std::string& folder, const PassedOverFn& passed_over = {});

/// For ResultKind::load. load_all: of one folder; print: of chosen runs.
template <typename Run>
LoadedResults loaded_results(const std::vector<std::string>& folders, const PassedOverFn& passed_over,
                             std::vector<Run> (*load_all)(const std::filesystem::path&, const PassedOverFn&),
                             void (*print)(const std::vector<Run>&)) {
  std::vector<Run> runs;
  for (const std::string& folder : folders)
    for (Run& run : load_all(folder, passed_over)) runs.push_back(std::move(run));
  ResultTable table = result_table(runs);
  return {std::move(table), [runs = std::move(runs), print](const std::vector<std::size_t>& rows) {
            std::vector<Run> chosen;
            for (const std::size_t row : rows) chosen.push_back(runs.at(row));
            print(chosen);
          }};
}

}  // namespace packrat
