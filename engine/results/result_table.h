#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace packrat {

struct StoredRun;

/// Nothing (what is not known), text, a whole number or a real one.
using ResultCell = std::variant<std::monostate, std::string, std::int64_t, double>;

/// One column of a table of finished runs: in results.db, in CSV and in JSON.
struct ResultColumn {
  enum class Type { kText, kWhole, kReal, kJson };
  std::string name;
  Type type = Type::kText;  ///< of the cells; kJson: a text that is a JSON value
  int digits = 2;           ///< after the point, where a real number is shown to be read
};

/// Finished runs of one kind, a row a run. The first column, `file`, tells them apart.
struct ResultTable {
  std::string name;  ///< in results.db
  std::vector<ResultColumn> columns;
  std::vector<std::vector<ResultCell>> rows;  ///< each as long as columns

  /// Index of the column. UserError that lists all when there is none of that name.
  std::size_t column(const std::string& name) const;
};

/// Adds a column of text for each of the names that is no column but an option of a row: of `options`, or of
/// `point` where a table has no `options`.
void add_option_columns(const std::vector<std::string>& names, ResultTable& table);

/// The table `runs`: what `packrat run` left.
ResultTable result_table(const std::vector<StoredRun>& runs);

/// Comma-separated values with a line of names (RFC 4180); unknown values are empty.
std::string csv_text(const ResultTable& table);

/// A JSON list of objects; unknown values are null.
std::string json_text(const ResultTable& table);

/// A column and how it is filled.
template <typename Run>
struct ColumnOf {
  ResultColumn column;
  std::function<ResultCell(const Run&)> cell;
};

/// For a result_table(): a column of a field, which may be empty.
template <typename Run>
ColumnOf<Run> column_of(const char* name, std::string Run::*field) {
  return {{name}, [field](const Run& run) { return ResultCell(run.*field); }};
}
template <typename Run>
ColumnOf<Run> column_of(const char* name, std::int64_t Run::*field) {
  return {{name, ResultColumn::Type::kWhole}, [field](const Run& run) { return ResultCell(run.*field); }};
}
template <typename Run>
ColumnOf<Run> column_of(const char* name, double Run::*field, int digits) {
  return {{name, ResultColumn::Type::kReal, digits},
          [field](const Run& run) { return ResultCell(run.*field); }};
}
template <typename Run>
ColumnOf<Run> column_of(const char* name, std::optional<std::int64_t> Run::*field) {
  return {{name, ResultColumn::Type::kWhole},
          [field](const Run& run) { return run.*field ? ResultCell(*(run.*field)) : ResultCell(); }};
}
template <typename Run>
ColumnOf<Run> column_of(const char* name, std::optional<double> Run::*field, int digits) {
  return {{name, ResultColumn::Type::kReal, digits},
          [field](const Run& run) { return run.*field ? ResultCell(*(run.*field)) : ResultCell(); }};
}

template <typename Run>
ResultTable make_table(const char* name, const std::vector<ColumnOf<Run>>& columns,
                       const std::vector<Run>& runs) {
  ResultTable table{name, {}, {}};
  for (const ColumnOf<Run>& column : columns) table.columns.push_back(column.column);
  for (const Run& run : runs) {
    std::vector<ResultCell>& row = table.rows.emplace_back();
    for (const ColumnOf<Run>& column : columns) row.push_back(column.cell(run));
  }
  return table;
}

}  // namespace packrat
