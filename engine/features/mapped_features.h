#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/data/mapped_rows.h"
#include "engine/features/feature_cache.h"
#include "engine/features/row_source.h"

namespace packrat {

/// Rows [begin, end) of a file as float32: out [end - begin, width]; 8-bit values as they are, 0 to 255.
/// UserError when the file has changed since it was opened.
void read_feature_rows(const MappedRows& rows, std::int64_t begin, std::int64_t end, float* out);

/// All rows: float32 values where they lie, when their place in the file is aligned; else converted, in
/// memory.
FeatureRows mapped_feature_rows(const std::shared_ptr<const MappedRows>& rows);

/// Features from files, read as they are asked for.
class MappedFeatures : public RowSource {
 public:
  explicit MappedFeatures(std::shared_ptr<const MappedRows> rows) : rows_(std::move(rows)) {}
  void gather(const std::vector<std::int64_t>& indices, Rows out) const override;

 private:
  std::shared_ptr<const MappedRows> rows_;
};

}  // namespace packrat
