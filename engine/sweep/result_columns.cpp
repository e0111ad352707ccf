#include "engine/sweep/result_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"

namespace packrat {
namespace {

using nlohmann::json;

template <typename T>
ResultColumn optional_column(const char* name, const char* type, std::optional<T> StoredRun::*field) {
  return {name, type, [field](const StoredRun& run) { return run.*field ? json(*(run.*field)) : json(); }};
}
ResultColumn column(const char* name, std::optional<std::int64_t> StoredRun::*field) {
  return optional_column(name, "INTEGER", field);
}
ResultColumn column(const char* name, std::optional<double> StoredRun::*field, int digits) {
  ResultColumn real = optional_column(name, "REAL", field);
  real.digits = digits;
  return real;
}
ResultColumn column(const char* name, std::string StoredRun::*field) {
  return {name, "TEXT", [field](const StoredRun& run) { return json(run.*field); }};
}

ResultColumn seconds_of(const char* phase) {
  return {fmt::format("{}_seconds", phase), "REAL", [phase](const StoredRun& run) {
            const auto it = run.seconds.find(phase);
            return it == run.seconds.end() ? json() : json(it->second);
          }};
}

json options_text(const StoredRun& run) {
  return json(run.options).dump();
}

std::vector<ResultColumn> make_columns() {
  using R = StoredRun;
  return {{"file", "TEXT", [](const R& run) { return json(run.file.string()); }},
          column("name", &R::name),
          {"imported", "INTEGER", [](const R& run) { return json(run.imported ? 1 : 0); }},
          column("dataset", &R::dataset),
          column("encoder", &R::encoder),
          column("encoding_block", &R::encoding_block),
          column("family", &R::family),
          column("setting", &R::setting),
          column("codec", &R::codec),
          column("slots", &R::slots),
          column("held", &R::held),
          column("budget_bytes", &R::budget_bytes),
          column("num_passes", &R::num_passes),
          column("seed", &R::seed),
          column("classes", &R::classes),
          column("final_acc", &R::final_acc, 4),
          column("best_acc", &R::best_acc, 4),
          column("task_acc", &R::task_acc, 4),
          column("raw_acc", &R::raw_acc, 4),
          column("roundtrip_acc", &R::roundtrip_acc, 4),
          column("roundtrip_mse", &R::roundtrip_mse, 6),
          column("entry_bytes", &R::entry_bytes, 1),
          column("published_mib", &R::published_mib, 4),
          column("exact_bytes", &R::exact_bytes),
          column("measured_bytes", &R::measured_bytes),
          seconds_of("load"),
          seconds_of("encode"),
          seconds_of("fit"),
          seconds_of("ingest"),
          seconds_of("train"),
          seconds_of("decode"),
          seconds_of("evaluate"),
          column("peak_memory_bytes", &R::peak_memory_bytes),
          column("net_joules", &R::net_joules, 1),
          column("kg_co2e", &R::kg_co2e, 6),
          column("why", &R::why),
          {"options", "TEXT", options_text}};
}

std::string csv_cell(const json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const std::string text = value.get<std::string>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

const std::vector<ResultColumn>& result_columns() {
  static const std::vector<ResultColumn> columns = make_columns();
  return columns;
}

const ResultColumn& find_result_column(const std::string& name) {
  std::vector<std::string> names;
  for (const ResultColumn& column : result_columns()) {
    if (column.name == name) return column;
    names.push_back(column.name);
  }
  throw UserError(fmt::format("there is no column '{}': choose from {}", name, fmt::join(names, ", ")));
}

std::string runs_as_csv(const std::vector<StoredRun>& runs) {
  std::string text;
  for (const ResultColumn& column : result_columns()) text += (text.empty() ? "" : ",") + column.name;
  text += '\n';
  for (const StoredRun& run : runs) {
    std::string line;
    for (const ResultColumn& column : result_columns())
      line += csv_cell(column.value(run)) + (&column == &result_columns().back() ? "\n" : ",");
    text += line;
  }
  return text;
}

std::string runs_as_json(const std::vector<StoredRun>& runs) {
  json list = json::array();
  for (const StoredRun& run : runs) {
    json& object = list.emplace_back(json::object());
    for (const ResultColumn& column : result_columns())
      object[column.name] = column.name == "options" ? json(run.options) : column.value(run);
  }
  return list.dump(2) + "\n";
}

}  // namespace packrat
