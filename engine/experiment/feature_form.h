#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "compressors/pooling.h"
#include "engine/data/image_form.h"
#include "engine/experiment/config.h"
#include "engine/methods/method.h"

namespace packrat {

/// One cut that features are taken from.
struct FeatureTap {
  std::string block;  ///< "3"
  Pooling pooling;
  std::array<std::int64_t, 3> maps;  ///< shape behind the cut
};

/// What --encoding_block or --blocks, --pool and --views make of an image: one row of features.
struct FeatureForm {
  ImageForm image;
  std::vector<FeatureTap> taps;  ///< from the first cut to the deepest; none: normalised pixels
  bool mirrored = false;         ///< rows are the mean of an image's and its mirror image's
  bool both_views = false;       ///< of training images, both are rows of their own

  /// The maps of one cut as they are: what the layers behind it take in.
  bool is_plain_cut() const;
  /// Channels, height and width of a row; rows of several cuts are flat.
  std::array<std::int64_t, 3> shape() const;
  /// What a row is put together from, block by block; empty for pixels.
  std::vector<RowPart> parts() const;
  /// The cuts with their pooling, for names and keys: "3", "2+3_pool-1x1+none"; "none" for pixels.
  std::string cut_text() const;
};

/// --image_size and --image_crop.
ImageForm image_form(const RunConfig& config);

/// UserError for cuts, poolings or views that there are not, and that do not go together.
FeatureForm feature_form(const RunConfig& config);

}  // namespace packrat
