#include "engine/core/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/files.h"

namespace packrat {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Takes one row off the front of `text`.
class RowReader {
 public:
  RowReader(std::string_view text, const std::string& name) : text_(text), name_(name) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);
  }

  bool at_end() const { return text_.empty(); }

  std::vector<std::string> next() {
    std::vector<std::string> cells;
    for (bool more = true; more;) {
      cells.push_back(cell());
      more = !text_.empty() && text_.front() == ',';
      if (!text_.empty()) text_.remove_prefix(1);
    }
    return cells;
  }

 private:
  std::string cell() {
    const std::size_t first = text_.find_first_not_of(" \t");
    if (first != std::string_view::npos && text_[first] == '"') return quoted(first + 1);
    const std::size_t end = std::min(text_.find_first_of(",\n"), text_.size());
    const std::string_view plain = trimmed(text_.substr(0, end));
    text_.remove_prefix(end);
    return std::string(plain);
  }

  std::string quoted(std::size_t from) {
    std::string out;
    for (std::size_t i = from; i < text_.size(); ++i) {
      if (text_[i] != '"') {
        out += text_[i];
      } else if (i + 1 < text_.size() && text_[i + 1] == '"') {
        out += text_[i++];
      } else {
        text_.remove_prefix(std::min(text_.find_first_of(",\n", i + 1), text_.size()));
        return out;
      }
    }
    throw UserError(fmt::format("{}: a quote is opened and never closed: mend the file", name_));
  }

  std::string_view text_;
  const std::string& name_;
};

bool is_blank(const std::vector<std::string>& cells) {
  return cells.size() == 1 && cells[0].empty();
}

}  // namespace

std::size_t CsvTable::column(std::string_view heading_text) const {
  const auto found = std::find(heading.begin(), heading.end(), heading_text);
  if (found == heading.end())
    throw UserError(
        fmt::format("{}: no column '{}'; there are: {}", name, heading_text, fmt::join(heading, ", ")));
  return static_cast<std::size_t>(found - heading.begin());
}

std::optional<double> CsvTable::number(std::size_t row, std::size_t column) const {
  const std::string& cell = rows.at(row).at(column);
  if (cell.empty()) return std::nullopt;
  if (const std::optional<double> value = parse_number(cell)) return value;
  throw UserError(
      fmt::format("{}: row {}, column '{}': '{}' is not a number", name, row + 1, heading.at(column), cell));
}

double CsvTable::required_number(std::size_t row, std::size_t column) const {
  if (const std::optional<double> value = number(row, column)) return *value;
  throw UserError(
      fmt::format("{}: row {}, column '{}' is blank: a number is needed", name, row + 1, heading.at(column)));
}

CsvTable parse_csv(std::string_view text, const std::string& name) {
  RowReader reader(text, name);
  CsvTable table{name, {}, {}};
  while (!reader.at_end()) {
    std::vector<std::string> cells = reader.next();
    if (is_blank(cells)) continue;
    if (table.heading.empty()) {
      table.heading = std::move(cells);
      continue;
    }
    if (cells.size() != table.heading.size())
      throw UserError(fmt::format("{}: row {} has {} cells, the heading {}: mend the file", name,
                                  table.rows.size() + 1, cells.size(), table.heading.size()));
    table.rows.push_back(std::move(cells));
  }
  if (table.heading.empty()) throw UserError(fmt::format("{} is empty: a heading is needed", name));
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  return parse_csv(read_text(path), path.string());
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace packrat
