#include "engine/features/mapped_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compressors/kernels/half.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

/// False when a value is NaN or infinite, which was not so when the file was checked.
bool convert_row(const MappedRows& rows, std::int64_t row, float* out) {
  const std::uint8_t* const from = rows.row(row);
  const std::int64_t width = rows.width();
  switch (rows.type) {
    case FeatureType::kFloat32:
      std::memcpy(out, from, static_cast<std::size_t>(width) * sizeof(float));
      return true;
    case FeatureType::kFloat16:
      return kernels::from_float16(from, width, out);
    case FeatureType::kBfloat16:
      return kernels::from_bfloat16(from, width, out);
    case FeatureType::kUint8:
      std::copy_n(from, width, out);
      return true;
  }
  return false;
}

void read_row(const MappedRows& rows, std::int64_t row, float* out) {
  if (convert_row(rows, row, out)) return;
  rows.file->check_unchanged();
  throw UserError(
      fmt::format("{}: row {} of the features has NaN or infinity", rows.file->path().string(), row));
}

bool can_stay(const MappedRows& rows) {
  return rows.type == FeatureType::kFloat32 &&
         reinterpret_cast<std::uintptr_t>(rows.data) % alignof(float) == 0;
}

}  // namespace

void read_feature_rows(const MappedRows& rows, std::int64_t begin, std::int64_t end, float* out) {
  rows.file->check_unchanged();
  for (std::int64_t row = begin; row < end; ++row, out += rows.width()) read_row(rows, row, out);
}

FeatureRows mapped_feature_rows(const std::shared_ptr<const MappedRows>& rows) {
  if (can_stay(*rows))
    return {rows,
            {reinterpret_cast<const float*>(rows->data), rows->count, rows->width()},
            [file = rows->file] { file->check_unchanged(); }};
  std::vector<float> values(static_cast<std::size_t>(rows->count * rows->width()));
  read_feature_rows(*rows, 0, rows->count, values.data());
  return FeatureRows(std::move(values), rows->width());
}

void MappedFeatures::gather(const std::vector<std::int64_t>& indices, Rows out) const {
  rows_->file->check_unchanged();
  for (std::size_t i = 0; i < indices.size(); ++i)
    read_row(*rows_, indices[i], out.row(static_cast<std::int64_t>(i)));
}

}  // namespace packrat
