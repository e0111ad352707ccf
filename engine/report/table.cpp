#include "engine/report/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/csv.h"

namespace packrat {
namespace {

bool is_number(const TableCell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

std::string csv_of(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_cell(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  return "";
}

/// How many characters a terminal shows: UTF-8 continuation bytes take no place.
std::size_t shown_width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string space(width - shown_width(text), ' ');
  return right ? space + text : text + space;
}

/// A bar would end the cell.
std::string markdown_cell(const TableCell& cell, int digits) {
  std::string out;
  for (const char c : cell_text(cell, digits)) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right) {
  std::vector<std::size_t> width(right.size(), 3);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], shown_width(row[c]));
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < width.size(); ++c) out += "| " + padded(rows[r][c], width[c], right[c]) + " ";
    out += "|\n";
    if (r > 0) continue;
    for (std::size_t c = 0; c < width.size(); ++c)
      out += "|" + std::string(width[c] + 1, '-') + (right[c] ? ":" : "-");
    out += "|\n";
  }
  return out;
}

}  // namespace

bool is_number_column(const Table& table, std::size_t column) {
  bool any = false;
  for (const auto& row : table.rows) {
    if (std::holds_alternative<std::string>(row[column])) return false;
    any = any || is_number(row[column]);
  }
  return any;
}

std::string cell_text(const TableCell& cell, int digits) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{:.{}f}", *real, digits);
  return "-";
}

std::string csv_text(const Table& table) {
  std::string text;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    text += (c > 0 ? "," : "") + csv_cell(table.columns[c].title);
  text += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) text += (c > 0 ? "," : "") + csv_of(row[c]);
    text += "\r\n";
  }
  return text;
}

std::string markdown_table(const std::vector<std::vector<std::string>>& rows, std::size_t text_columns) {
  std::vector<bool> right(rows.at(0).size(), true);
  std::fill_n(right.begin(), text_columns, false);
  return aligned(rows, right);
}

std::string markdown_text(const Table& table) {
  std::vector<std::vector<std::string>> rows(1);
  std::vector<bool> right;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    rows[0].push_back(table.columns[c].title);
    right.push_back(is_number_column(table, c));
  }
  for (const auto& row : table.rows) {
    rows.emplace_back();
    for (std::size_t c = 0; c < row.size(); ++c)
      rows.back().push_back(markdown_cell(row[c], table.columns[c].digits));
  }
  return aligned(rows, right);
}

}  // namespace packrat
