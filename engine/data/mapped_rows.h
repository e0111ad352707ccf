#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/watched_file.h"

namespace packrat {

/// What a value of a row is stored as.
enum class FeatureType { kFloat32, kFloat16, kBfloat16, kUint8 };

/// "float32", "float16", "bfloat16", "uint8".
const char* feature_type_name(FeatureType type);
/// "F32", "F16", "BF16", "U8": its name in safetensors files.
const char* feature_type_code(FeatureType type);
std::int64_t feature_type_bytes(FeatureType type);

/// Rows of features where they lie in a file, without a copy.
struct MappedRows {
  std::shared_ptr<const WatchedFile> file;
  /// In place of the file's own bytes, for an array that is packed in it.
  std::shared_ptr<const std::vector<std::uint8_t>> unpacked;
  FeatureType type = FeatureType::kFloat32;
  std::int64_t count = 0;
  std::array<std::int64_t, 3> shape{};  ///< of a row: channels, height, width; a vector is [values, 1, 1]
  const std::uint8_t* data = nullptr;   ///< without alignment

  std::int64_t width() const { return shape[0] * shape[1] * shape[2]; }
  std::int64_t row_bytes() const { return width() * feature_type_bytes(type); }
  const std::uint8_t* row(std::int64_t i) const { return data + i * row_bytes(); }
};

/// UserError that names the first row with a value that is NaN or infinite. progress("check", rows, of all);
/// Interrupted when stop_requested().
void check_finite(const MappedRows& rows, const ProgressFn& progress);

}  // namespace packrat
