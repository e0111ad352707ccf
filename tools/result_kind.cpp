#include "tools/result_kind.h"

#include "engine/results/results_store.h"
#include "tools/run_table.h"
#include "tools/studies.h"

namespace packrat {

const std::vector<ResultKind>& result_kinds() {
  static const std::vector<ResultKind> table = [] {
    std::vector<ResultKind> kinds{{"runs", kRunResult, "run",
                                   [](const std::vector<std::string>& folders, const PassedOverFn& note) {
                                     return loaded_results<StoredRun>(folders, note, load_runs,
                                                                      print_run_table);
                                   },
                                   packed_runs()}};
    const std::vector<ResultKind>& more = study_parts().results;
    kinds.insert(kinds.end(), more.begin(), more.end());
    return kinds;
  }();
  return table;
}

std::vector<ResultTable> result_tables(const std::string& folder, const PassedOverFn& passed_over) {
  std::vector<ResultTable> tables;
  for (const ResultKind& kind : result_kinds()) tables.push_back(kind.load({folder}, passed_over).table);
  return tables;
}

}  // namespace packrat
