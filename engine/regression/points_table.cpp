#include "engine/regression/points_table.h"

#include <fmt/format.h>

#include <regex>

#include "engine/core/error.h"

namespace packrat {
namespace {

std::regex expression(const char* option, const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error& error) {
    throw UserError(fmt::format("--{} '{}' is not a regular expression ({}): write one such as '^vgg'",
                                option, text, error.what()));
  }
}

}  // namespace

SelectedPoints select_points(const CsvTable& table, const Selection& selection) {
  const std::size_t x_column = table.column(selection.x), y_column = table.column(selection.y);
  const std::regex family = expression("family", selection.family),
                   exclude = expression("exclude", selection.exclude);
  SelectedPoints selected;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& name = table.rows[row][0];
    if (!std::regex_search(name, family) ||
        (!selection.exclude.empty() && std::regex_search(name, exclude))) {
      ++selected.filtered;
      continue;
    }
    const auto x = table.number(row, x_column), y = table.number(row, y_column);
    if (!x || !y) {
      selected.blanks.push_back(name);
      continue;
    }
    selected.points.x.push_back(*x);
    selected.points.y.push_back(*y);
    selected.names.push_back(name);
  }
  return selected;
}

}  // namespace packrat
