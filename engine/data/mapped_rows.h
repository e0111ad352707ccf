#pragma once
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/files.h"
#include "engine/core/progress.h"

namespace packrat {

/// A file mapped into memory that tells when somebody has changed it since.
class WatchedFile {
 public:
  /// UserError when it cannot be read.
  explicit WatchedFile(const std::filesystem::path& path);
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  ByteView bytes() const { return file_.bytes(); }
  std::int64_t mtime_ns() const;
  /// UserError when its size or its time of modification is another one than when it was opened.
  void check_unchanged() const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  struct stat opened_ {};
  MappedFile file_;
};

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
