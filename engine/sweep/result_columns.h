#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/sweep/results_store.h"

namespace packrat {

/// One column of the table of runs: in results.db, in CSV and in JSON.
struct ResultColumn {
  std::string name;
  std::string type;                                       ///< SQLite's: TEXT, INTEGER or REAL
  std::function<nlohmann::json(const StoredRun&)> value;  ///< a text, a number, or null for what is not known
  int digits = 2;  ///< after the point, where a real number is shown to be read
};

/// The one list of columns. The first, `file`, tells runs apart.
const std::vector<ResultColumn>& result_columns();

/// The column of that name. UserError that lists all when there is none.
const ResultColumn& find_result_column(const std::string& name);

/// The runs as comma-separated values with a line of names (RFC 4180); unknown values are empty.
std::string runs_as_csv(const std::vector<StoredRun>& runs);

/// The runs as a JSON list of objects; unknown values are null.
std::string runs_as_json(const std::vector<StoredRun>& runs);

}  // namespace packrat
