#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// Comma-separated text with a heading. Every row has as many cells as the heading.
struct CsvTable {
  std::string name;  ///< of the file, for messages
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;

  /// Index of a column; UserError lists the columns there are.
  std::size_t column(std::string_view heading_text) const;
  /// Cell of a row (from 0) as a number; empty when it is blank. UserError names file, line and column when
  /// it is anything else.
  std::optional<double> number(std::size_t row, std::size_t column) const;
  /// The same, where blank is an error too.
  double required_number(std::size_t row, std::size_t column) const;
};

/// Reads RFC 4180: quoted cells may hold commas, doubled quotes and line ends; lines end in LF or CRLF;
/// blanks around unquoted cells and blank lines are dropped; a byte order mark is skipped. UserError when
/// there is no heading, a row has another number of cells, or a quote is never closed.
CsvTable parse_csv(std::string_view text, const std::string& name);
CsvTable read_csv(const std::filesystem::path& path);

/// A cell as CSV wants it: quoted when it holds a comma, a quote or a line end.
std::string csv_cell(std::string_view text);

/// "1.5e3" -> 1500; empty unless the whole text is one finite number. Independent of the locale.
std::optional<double> parse_number(std::string_view text);

}  // namespace packrat
