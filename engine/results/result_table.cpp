#include "engine/results/result_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/core/closest_name.h"
#include "engine/core/csv.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

using nlohmann::json;

json json_of(const ResultCell& cell, ResultColumn::Type type) {
  if (type == ResultColumn::Type::kJson) return json::parse(std::get<std::string>(cell));
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
          return json();
        else
          return json(value);
      },
      cell);
}

/// Numbers with all their digits, as JSON has them.
std::string csv_of(const ResultCell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "";
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_cell(*text);
  return json_of(cell, ResultColumn::Type::kReal).dump();
}

/// Index of the column, or the number of columns.
std::size_t find_column(const ResultTable& table, std::string_view name) {
  std::size_t i = 0;
  while (i < table.columns.size() && table.columns[i].name != name) ++i;
  return i;
}

/// The options of each row.
std::vector<json> options_of(const ResultTable& table) {
  std::size_t column = find_column(table, "options");
  if (column == table.columns.size()) column = table.column("point");
  std::vector<json> options;
  for (const auto& row : table.rows) options.push_back(json::parse(std::get<std::string>(row[column])));
  return options;
}

}  // namespace

void add_option_columns(const std::vector<std::string>& names, ResultTable& table) {
  const std::vector<json> options = options_of(table);
  for (const std::string& name : names) {
    const auto has_it = [&](const json& row) { return row.contains(name); };
    if (find_column(table, name) < table.columns.size() ||
        std::none_of(options.begin(), options.end(), has_it))
      continue;
    table.columns.push_back({name});
    for (std::size_t i = 0; i < options.size(); ++i)
      table.rows[i].push_back(has_it(options[i]) ? ResultCell(options[i][name].get<std::string>())
                                                 : ResultCell());
  }
}

std::size_t ResultTable::column(const std::string& wanted) const {
  const std::size_t found = find_column(*this, wanted);
  if (found < columns.size()) return found;
  std::vector<std::string> names;
  for (const ResultColumn& column : columns) names.push_back(column.name);
  const std::string closest = closest_name(wanted, names);
  throw UserError(fmt::format(
      "there is no column and no option '{}'{}: choose from the options of packrat run and {}", wanted,
      closest.empty() ? "" : fmt::format(" (did you mean {}?)", closest), fmt::join(names, ", ")));
}

std::string csv_text(const ResultTable& table) {
  std::vector<std::string> names;
  for (const ResultColumn& column : table.columns) names.push_back(column.name);
  std::string text = fmt::format("{}\n", fmt::join(names, ","));
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const ResultCell& cell : row) cells.push_back(csv_of(cell));
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return text;
}

std::string json_text(const ResultTable& table) {
  json list = json::array();
  for (const auto& row : table.rows) {
    json& object = list.emplace_back(json::object());
    for (std::size_t i = 0; i < row.size(); ++i)
      object[table.columns[i].name] = json_of(row[i], table.columns[i].type);
  }
  return list.dump(2) + "\n";
}

}  // namespace packrat
