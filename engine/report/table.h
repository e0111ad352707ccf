#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace packrat {

/// Empty, text, a whole number or a real one.
using TableCell = std::variant<std::monostate, std::string, std::int64_t, double>;

/// What may not be known: then the cell is empty.
template <typename T>
TableCell cell_of(const std::optional<T>& value) {
  return value ? TableCell(*value) : TableCell();
}

struct TableColumn {
  std::string title;      ///< with the unit: "measured bytes"
  int digits = 2;         ///< after the point, for real numbers
  std::string help = {};  ///< shown over the title
};

/// Rows of typed cells: sorted, filtered and aligned by what they are.
struct Table {
  std::string name = {};  ///< for links and files: "runs"
  std::string title = {};
  std::string needs = {};  ///< without rows: what would fill it
  std::vector<TableColumn> columns = {};
  std::vector<std::vector<TableCell>> rows = {};  ///< each as long as columns
};

/// No cell of the column is text, and at least one is a number: it is set to the right.
bool is_number_column(const Table& table, std::size_t column);

/// A cell as a reader sees it: "-" when empty, a real number with `digits` after the point.
std::string cell_text(const TableCell& cell, int digits);

/// RFC 4180: a heading, a line a row, real numbers with all their digits.
std::string csv_text(const Table& table);

/// Aligned columns for a terminal, as a Markdown table; numbers to the right.
std::string markdown_text(const Table& table);

/// The same of cells that are texts already: the heading first, all rows of one length. The first
/// `text_columns` are set to the left, the others to the right.
std::string markdown_table(const std::vector<std::vector<std::string>>& rows, std::size_t text_columns);

}  // namespace packrat
