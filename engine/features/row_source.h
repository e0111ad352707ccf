#pragma once
#include <cstdint>
#include <vector>

#include "compressors/rows.h"
#include "compressors/value_coder.h"
#include "engine/data/dataset.h"
#include "engine/features/feature_cache.h"

namespace packrat {

/// The training images as rows, in the form the codec takes them: encoded features, or normalised pixels.
/// What the stream is ingested from, and closed afterwards.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Copies the rows of these images: out [indices.size(), width].
  virtual void gather(const std::vector<std::int64_t>& indices, Rows out) const = 0;
};

class EncodedRows : public RowSource {
 public:
  explicit EncodedRows(FeatureRows features) : features_(std::move(features)) {}
  void gather(const std::vector<std::int64_t>& indices, Rows out) const override;

 private:
  FeatureRows features_;
};

/// Pixels p become (p/255 - mean[c]) / std[c] as they are asked for.
class PixelRows : public RowSource {
 public:
  PixelRows(ImageSet images, const Domain& domain) : images_(std::move(images)), coder_(domain) {}
  void gather(const std::vector<std::int64_t>& indices, Rows out) const override;

 private:
  ImageSet images_;
  ValueCoder coder_;
};

}  // namespace packrat
