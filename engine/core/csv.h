#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// Text in cells with a heading. Every row has as many cells as the heading.
struct CsvTable {
  std::string name;  ///< of the file, for messages
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;
  char separator = ',';  ///< or a semicolon or a tab, with which 100,5 is a number, too

  /// Index of a column; UserError lists the columns there are.
  std::size_t column(std::string_view heading_text) const;
  /// Cell of a row (from 0) as a number; empty when it is blank. UserError names file, line and column when
  /// it is anything else.
  std::optional<double> number(std::size_t row, std::size_t column) const;
  /// The same, where blank is an error too.
  double required_number(std::size_t row, std::size_t column) const;
};

/// Whether lines that begin with # are comments below the heading, too; above it they always are.
enum class CsvComments { kAboveHeading, kEverywhere };

/// Reads RFC 4180: quoted cells may hold commas, doubled quotes and line ends; lines end in LF or CRLF, or in
/// CR alone; blanks around unquoted cells and blank lines are dropped; a byte order mark is skipped. Cells
/// are separated by what the heading has most of: commas, semicolons or tabs, or by X after a first line
/// "sep=X", as spreadsheets write it. UserError when there is no heading, a row has another number of cells,
/// a quote is never closed, or the text is UTF-16.
CsvTable parse_csv(std::string_view text, const std::string& name,
                   CsvComments comments = CsvComments::kAboveHeading);
CsvTable read_csv(const std::filesystem::path& path);

/// A cell as CSV wants it: quoted when it holds a comma, a quote or a line end.
std::string csv_cell(std::string_view text);

/// "1.5e3" -> 1500; empty unless the whole text is one finite number. Independent of the locale.
std::optional<double> parse_number(std::string_view text);

}  // namespace packrat
