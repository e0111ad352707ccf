#include "engine/results/result_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

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

}  // namespace

std::size_t ResultTable::column(const std::string& wanted) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == wanted) return i;
    names.push_back(columns[i].name);
  }
  throw UserError(fmt::format("there is no column '{}': choose from {}", wanted, fmt::join(names, ", ")));
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
