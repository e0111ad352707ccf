#include "engine/studies/roofline/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "engine/core/error.h"

namespace packrat {
namespace {

struct Row {
  Precision precision;
  std::string_view name, other_name;
  double bytes;
};

constexpr std::array<Row, 6> kTable{{{Precision::kInt2, "INT2", "", 0.25},
                                     {Precision::kInt4, "INT4", "", 0.5},
                                     {Precision::kInt8, "INT8", "", 1},
                                     {Precision::kFp16, "FP16", "FLOAT16", 2},
                                     {Precision::kBf16, "BF16", "BFLOAT16", 2},
                                     {Precision::kFp32, "FP32", "FLOAT32", 4}}};

const Row& row_of(Precision precision) {
  return kTable[static_cast<std::size_t>(precision)];
}

}  // namespace

std::string_view precision_name(Precision precision) {
  return row_of(precision).name;
}

double bytes_per_value(Precision precision) {
  return row_of(precision).bytes;
}

std::optional<Precision> find_precision(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const Row& row : kTable)
    if (!upper.empty() && (upper == row.name || upper == row.other_name)) return row.precision;
  return std::nullopt;
}

Precision parse_precision(std::string_view text) {
  if (const std::optional<Precision> found = find_precision(text)) return *found;
  throw UserError(fmt::format("'{}' is no precision: use INT2, INT4, INT8, FP16, BF16 or FP32", text));
}

}  // namespace packrat
