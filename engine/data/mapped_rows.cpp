#include "engine/data/mapped_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {

struct FeatureTypeRow {
  FeatureType type;
  const char *name, *code;
  std::int64_t bytes;
};
constexpr FeatureTypeRow kFeatureTypes[] = {{FeatureType::kFloat32, "float32", "F32", 4},
                                            {FeatureType::kFloat16, "float16", "F16", 2},
                                            {FeatureType::kBfloat16, "bfloat16", "BF16", 2},
                                            {FeatureType::kUint8, "uint8", "U8", 1}};

const FeatureTypeRow& type_row(FeatureType type) {
  return *std::find_if(std::begin(kFeatureTypes), std::end(kFeatureTypes),
                       [&](const FeatureTypeRow& row) { return row.type == type; });
}

/// The first value whose exponent is all ones, NaN or infinity; -1 when there is none.
template <typename Bits>
std::int64_t first_not_finite(const std::uint8_t* values, std::int64_t count, Bits exponent) {
  bool any = false;
  for (std::int64_t i = 0; i < count; ++i) {
    Bits bits = 0;
    std::memcpy(&bits, values + i * static_cast<std::int64_t>(sizeof bits), sizeof bits);
    any |= (bits & exponent) == exponent;
  }
  for (std::int64_t i = 0; any && i < count; ++i) {
    Bits bits = 0;
    std::memcpy(&bits, values + i * static_cast<std::int64_t>(sizeof bits), sizeof bits);
    if ((bits & exponent) == exponent) return i;
  }
  return -1;
}

std::int64_t first_bad_value(const MappedRows& rows, std::int64_t row) {
  switch (rows.type) {
    case FeatureType::kFloat32:
      return first_not_finite<std::uint32_t>(rows.row(row), rows.width(), 0x7F800000U);
    case FeatureType::kFloat16:
      return first_not_finite<std::uint16_t>(rows.row(row), rows.width(), 0x7C00U);
    case FeatureType::kBfloat16:
      return first_not_finite<std::uint16_t>(rows.row(row), rows.width(), 0x7F80U);
    case FeatureType::kUint8:
      break;
  }
  return -1;
}

}  // namespace

const char* feature_type_name(FeatureType type) {
  return type_row(type).name;
}
const char* feature_type_code(FeatureType type) {
  return type_row(type).code;
}
std::int64_t feature_type_bytes(FeatureType type) {
  return type_row(type).bytes;
}

void check_finite(const MappedRows& rows, const ProgressFn& progress) {
  const std::int64_t chunk = std::max<std::int64_t>(1, (std::int64_t{1} << 24) / rows.row_bytes());
  for (std::int64_t row = 0; row < rows.count; ++row) {
    if (row % chunk == 0) {
      if (stop_requested())
        throw Interrupted(fmt::format("interrupted while checking {}", rows.file->path().string()));
      rows.file->check_unchanged();
      if (progress) progress("check", row, rows.count);
    }
    if (const std::int64_t bad = first_bad_value(rows, row); bad >= 0)
      throw UserError(fmt::format(
          "{}: row {} of the features has NaN or infinity at place {}: leave the row out, or give its "
          "values numbers",
          rows.file->path().string(), row, bad));
  }
  if (progress) progress("check", rows.count, rows.count);
}

}  // namespace packrat
