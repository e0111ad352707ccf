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
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Old spreadsheets end lines in CR alone.
char line_end_of(std::string_view text) {
  const bool cr = text.find('\n') == std::string_view::npos && text.find('\r') != std::string_view::npos;
  return cr ? '\r' : '\n';
}

/// Takes one row off the front of `text`.
class RowReader {
 public:
  RowReader(std::string_view text, const std::string& name)
      : text_(text), name_(name), line_end_(line_end_of(text)) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);
    if (text_.substr(0, 2) == "\xff\xfe" || text_.substr(0, 2) == "\xfe\xff")
      throw UserError(fmt::format("{} is UTF-16 text: save it as UTF-8", name));
  }

  bool at_end() const { return text_.empty(); }
  char separator() const { return separator_; }

  /// To be called in front of the heading. Whether a line said the separator, which is dropped then.
  bool find_separator() {
    if (const std::string_view said = trimmed(line()); said.size() == 5 && said.substr(0, 4) == "sep=") {
      separator_ = said[4];
      drop_line();
      return true;
    }
    const std::string_view heading = line();
    const auto in_heading = [&](char c) { return std::count(heading.begin(), heading.end(), c); };
    for (const char other : {';', '\t'})
      if (in_heading(other) > in_heading(separator_)) separator_ = other;
    return false;
  }

  /// Drops the next line when it holds nothing, or a comment; whether it did.
  bool drop_idle_line(bool comments) {
    const std::string_view next = trimmed(line());
    const bool idle = next.empty() || (comments && next[0] == '#');
    if (idle) drop_line();
    return idle;
  }

  std::vector<std::string> next() {
    std::vector<std::string> cells;
    for (bool more = true; more;) {
      cells.push_back(cell());
      more = !text_.empty() && text_.front() == separator_;
      if (!text_.empty()) text_.remove_prefix(1);
    }
    return cells;
  }

 private:
  std::string_view line() const { return text_.substr(0, std::min(text_.find(line_end_), text_.size())); }
  void drop_line() { text_.remove_prefix(std::min(line().size() + 1, text_.size())); }

  std::size_t cell_end(std::size_t from) const {
    const char ends[] = {separator_, line_end_};
    return std::min(text_.find_first_of(ends, from, 2), text_.size());
  }

  std::string cell() {
    const std::size_t first = text_.find_first_not_of(separator_ == '\t' ? " " : " \t");
    if (first != std::string_view::npos && text_[first] == '"') return quoted(first + 1);
    const std::size_t end = cell_end(0);
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
        text_.remove_prefix(cell_end(i + 1));
        return out;
      }
    }
    throw UserError(fmt::format("{}: a quote is opened and never closed: fix the file", name_));
  }

  std::string_view text_;
  const std::string& name_;
  char line_end_, separator_ = ',';
};

/// Why a row does not fit the heading, and what to do.
std::string ragged_row(const CsvTable& table, std::size_t cells, bool cut_off) {
  const std::string what = fmt::format("{}: row {} has {} cells, the heading {}", table.name,
                                       table.rows.size() + 1, cells, table.heading.size());
  if (cut_off && cells < table.heading.size())
    return what + ": the last line is cut off, so complete it or delete it";
  if (cells > table.heading.size() && table.separator == ',')
    return what + ": fix the file (decimal commas need semicolons between the cells)";
  return what + ": fix the file";
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
  if (const std::size_t comma = cell.find(','); separator != ',' && cell.find('.') == std::string::npos) {
    std::string with_point = cell;
    if (comma != std::string::npos) with_point[comma] = '.';
    if (const std::optional<double> value = parse_number(with_point)) return value;
  }
  throw UserError(
      fmt::format("{}: row {}, column '{}': '{}' is not a number", name, row + 1, heading.at(column), cell));
}

double CsvTable::required_number(std::size_t row, std::size_t column) const {
  if (const std::optional<double> value = number(row, column)) return *value;
  throw UserError(
      fmt::format("{}: row {}, column '{}' is blank: a number is needed", name, row + 1, heading.at(column)));
}

CsvTable parse_csv(std::string_view text, const std::string& name, CsvComments comments) {
  RowReader reader(text, name);
  CsvTable table{name, {}, {}};
  while (!reader.at_end()) {
    const bool above = table.heading.empty();
    if (reader.drop_idle_line(above || comments == CsvComments::kEverywhere)) continue;
    if (above && reader.find_separator()) continue;
    std::vector<std::string> cells = reader.next();
    if (above) {
      table.heading = std::move(cells);
      table.separator = reader.separator();
      continue;
    }
    if (cells.size() != table.heading.size())
      throw UserError(ragged_row(table, cells.size(), reader.at_end() && text.back() != line_end_of(text)));
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
