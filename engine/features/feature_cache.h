#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compressors/rows.h"
#include "engine/core/files.h"
#include "engine/core/progress.h"

namespace packrat {

/// Encoded rows [N, width] float32, held in memory or mapped from a file. Move-only.
class FeatureRows {
 public:
  explicit FeatureRows(std::vector<float> values, std::int64_t width);
  FeatureRows(MappedFile file, std::size_t offset_bytes, std::int64_t count, std::int64_t width);
  /// Rows that `owner` holds. `check` is called whenever they are asked for, and throws when they are gone.
  FeatureRows(std::shared_ptr<const void> owner, ConstRows rows, std::function<void()> check = {});
  FeatureRows(FeatureRows&&) noexcept = default;
  FeatureRows& operator=(FeatureRows&&) noexcept = default;
  ConstRows rows() const;

 private:
  std::shared_ptr<const void> owner_;
  ConstRows rows_;
  std::function<void()> check_;
};

/// Images are encoded so many at a time, from a split's first one on: chunks of other sizes would change the
/// last digits.
constexpr std::int64_t kFeatureChunkRows = 2048;

/// What a cache file must hold.
struct FeatureKey {
  std::string text;  ///< names everything the values depend on: data set, split, weights, cut, dtype
  std::int64_t count = 0, width = 0;
  std::int64_t chunk_rows =
      kFeatureChunkRows;  ///< what is computed, and kept, at a time; part of the file's layout
};

/// Computes rows [begin, end) into out [end - begin, width].
using ComputeRows = std::function<void(std::int64_t begin, std::int64_t end, float* out)>;

/// What opening a cache file found.
struct CacheReport {
  std::int64_t chunks = 0, reused = 0;
  bool damaged = false;  ///< the file stood complete, but some chunks were not what was written
};

/// The rows of `key` from `file`, which is made when it is missing. The file is written in chunks of
/// key.chunk_rows rows, each with its checksum, under the name FILE.partial, and renamed
/// when complete: one that was stopped continues where it stopped, and of a damaged one only the damaged
/// chunks are computed again. A lock lets one process compute while others wait for it. Throws Interrupted
/// when stop_requested(), UserError when the folder cannot be written.
FeatureRows cached_features(const std::filesystem::path& file, const FeatureKey& key,
                            const ComputeRows& compute, const ProgressFn& progress,
                            CacheReport* report = nullptr);

/// The same rows, computed into memory.
FeatureRows computed_features(const FeatureKey& key, const ComputeRows& compute, const ProgressFn& progress);

}  // namespace packrat
