#include "engine/studies/regression/points_table.h"

#include "engine/core/pattern.h"

namespace packrat {

SelectedPoints select_points(const CsvTable& table, const Selection& selection) {
  const std::size_t x_column = table.column(selection.x), y_column = table.column(selection.y);
  const Pattern family("family", selection.family), exclude("exclude", selection.exclude);
  SelectedPoints selected;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& name = table.rows[row][0];
    if (!family.found_in(name) || (!selection.exclude.empty() && exclude.found_in(name))) {
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
