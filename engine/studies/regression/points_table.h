#pragma once
#include <string>
#include <vector>

#include "engine/core/csv.h"
#include "engine/studies/regression/least_squares.h"

namespace packrat {

/// Which rows of a table become points. The expressions (core's Pattern) match anywhere in the name.
struct Selection {
  std::string x, y;     ///< columns
  std::string family;   ///< keep the rows whose name matches; empty keeps all
  std::string exclude;  ///< then leave out those whose name matches; empty leaves out none
};

/// The points of a table and how the rest was left out.
struct SelectedPoints {
  Points points;
  std::vector<std::string> names;   ///< of the rows that became points: the table's first column
  std::vector<std::string> blanks;  ///< names of rows of the family without x or y
  std::size_t filtered = 0;         ///< rows that `family` or `exclude` left out
};

/// UserError for a column that is not there, a cell that is not a number, or a faulty expression.
SelectedPoints select_points(const CsvTable& table, const Selection& selection);

}  // namespace packrat
