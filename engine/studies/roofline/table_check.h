#pragma once
#include <string>
#include <vector>

namespace packrat {

/// One published table, computed again.
struct TableCheck {
  struct Mismatch {
    std::string row, column, listed;
    double computed = 0;
    std::string why;  ///< the slip, when it is a known one
  };
  std::string table, quantity;
  int cells = 0, exact = 0;
  std::vector<Mismatch> wrong = {};

  /// Counts a cell: equal when agrees(listed, computed).
  void add(const std::string& row, const std::string& column, const std::string& listed, double computed);
};

/// Whether `computed`, rounded to as many decimals as `listed` has, is `listed`; of the listed number only
/// ten significant digits are taken, since what comes after them is noise of binary fractions.
bool agrees(const std::string& listed, double computed);

}  // namespace packrat
