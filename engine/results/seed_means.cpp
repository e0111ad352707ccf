#include "engine/results/seed_means.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

namespace packrat {
namespace {

using Cells = std::vector<ResultCell>;

bool is_accuracy(const ResultColumn& column) {
  constexpr std::string_view end = "_acc";
  return column.name.size() > end.size() &&
         column.name.compare(column.name.size() - end.size(), end.size(), end) == 0;
}

/// The numbers among the cells.
std::vector<double> numbers_of(const Cells& cells) {
  std::vector<double> numbers;
  for (const ResultCell& cell : cells) {
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) numbers.push_back(static_cast<double>(*whole));
    if (const auto* real = std::get_if<double>(&cell)) numbers.push_back(*real);
  }
  return numbers;
}

double mean_of(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum / static_cast<double>(numbers.size());
}

ResultCell deviation_of(const std::vector<double>& numbers) {
  if (numbers.size() < 2) return {};
  const double mean = mean_of(numbers);
  double squares = 0;
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  return std::sqrt(squares / static_cast<double>(numbers.size() - 1));
}

/// One cell for those of all seeds.
ResultCell joined(const Cells& cells) {
  if (std::all_of(cells.begin(), cells.end(), [&](const ResultCell& cell) { return cell == cells[0]; }))
    return cells[0];
  const std::vector<double> numbers = numbers_of(cells);
  return numbers.empty() ? ResultCell() : ResultCell(mean_of(numbers));
}

/// The rows of each point, the first of every seed; points in the order of their first rows.
std::vector<std::vector<std::size_t>> rows_of_points(const ResultTable& runs) {
  const std::size_t point = runs.column("point"), seed = runs.column("seed");
  std::map<ResultCell, std::size_t> seen;
  std::set<std::pair<ResultCell, ResultCell>> seeds;
  std::vector<std::vector<std::size_t>> points;
  for (std::size_t row = 0; row < runs.rows.size(); ++row) {
    if (!seeds.emplace(runs.rows[row][point], runs.rows[row][seed]).second) continue;
    const auto [it, is_new] = seen.try_emplace(runs.rows[row][point], points.size());
    if (is_new) points.emplace_back();
    points[it->second].push_back(row);
  }
  return points;
}

}  // namespace

ResultTable mean_over_seeds(const ResultTable& runs) {
  const auto points = rows_of_points(runs);
  ResultTable table{"points", {}, std::vector<Cells>(points.size())};
  const auto add_column = [&](const ResultColumn& column, const auto& cell_of_rows) {
    table.columns.push_back(column);
    for (std::size_t p = 0; p < points.size(); ++p) table.rows[p].push_back(cell_of_rows(points[p]));
  };
  for (std::size_t c = 0; c < runs.columns.size(); ++c) {
    const ResultColumn& column = runs.columns[c];
    const auto cells = [&](const std::vector<std::size_t>& rows) {
      Cells found;
      for (const std::size_t row : rows) found.push_back(runs.rows[row][c]);
      return found;
    };
    if (column.name == "options") continue;
    if (column.name == "seed")
      add_column({"seeds", ResultColumn::Type::kWhole},
                 [](const auto& rows) { return ResultCell(static_cast<std::int64_t>(rows.size())); });
    else if (column.name == "file")
      add_column(column, [&](const auto& rows) { return cells(rows)[0]; });
    else
      add_column(column, [&](const auto& rows) { return joined(cells(rows)); });
    if (is_accuracy(column))
      add_column({column.name + "_sd", ResultColumn::Type::kReal, column.digits},
                 [&](const auto& rows) { return deviation_of(numbers_of(cells(rows))); });
  }
  return table;
}

}  // namespace packrat
