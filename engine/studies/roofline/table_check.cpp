#include "engine/studies/roofline/table_check.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "engine/core/csv.h"
#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {

/// A cell that is wrong in the published tables, by what its row and column hold.
struct KnownSlip {
  const char *row, *column, *why;
};
constexpr KnownSlip kKnownSlips[] = {
    {"mlp25", "zcu104finn",
     "half of what the row of ZCU104-BISMO has, which has the same peak and bandwidth"},
    {"zcu104finn", "mlp25",
     "half of what the row of ZCU104-BISMO has, which has the same peak and bandwidth"},
    {"cnv12.5", "",
     "the first convolution is counted on 32x32 positions, but its 3x3 window without padding has 30x30"},
    {"resnet5080", "",
     "the intensity was computed from 24.075 million weights, not from the 23.7 listed beside it"},
    {"efficientnetedgel", "", "the rows L and S are swapped; the final state has them right"},
    {"efficientnetedges", "", "the rows L and S are swapped; the final state has them right"},
};

bool holds(const std::string& label, const char* part) {
  return label_key(label).find(part) != std::string::npos;
}

std::string reason_of(const std::string& row, const std::string& column) {
  for (const KnownSlip& slip : kKnownSlips)
    if (holds(row, slip.row) && holds(column, slip.column)) return slip.why;
  return "";
}

/// Shortest decimal number of the listed one's first ten digits; whole numbers have all of theirs.
std::string cleaned(const std::string& listed, double value) {
  const bool decimal =
      listed.find('.') != std::string::npos && listed.find_first_of("eE") == std::string::npos;
  return decimal ? fmt::format("{:.10g}", value) : listed;
}

}  // namespace

void TableCheck::add(const std::string& row, const std::string& column, const std::string& listed,
                     double computed) {
  ++cells;
  if (agrees(listed, computed))
    ++exact;
  else
    wrong.push_back({row, column, listed, computed, reason_of(row, column)});
}

bool agrees(const std::string& listed, double computed) {
  const std::optional<double> value = parse_number(listed);
  if (!value) return false;
  const std::string text = cleaned(listed, *value);
  const std::size_t point = text.find('.');
  const auto decimals = static_cast<int>(point == std::string::npos ? 0 : text.size() - point - 1);
  // A hair more than half a unit: ties go either way.
  return std::abs(*parse_number(text) - computed) <= 0.5000001 * std::pow(10.0, -decimals);
}

}  // namespace packrat
