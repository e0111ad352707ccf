#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compressors/pooling.h"
#include "engine/data/image_form.h"
#include "engine/data/normalisation.h"
#include "engine/experiment/config.h"
#include "engine/methods/method.h"
#include "engine/onnx/onnx_source.h"

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

/// What --encoder is called in names of files and runs: "cutr34", "onnx-resnet18" for
/// onnx:nets/resnet18.onnx.
std::string encoder_label(const RunConfig& config);

/// Whether --encoder is a network that Packrat describes, which has cuts and weights: neither none nor a
/// file.
bool has_network_encoder(const RunConfig& config);

/// The ONNX file of --encoder, or of --weights in its place.
OnnxSource encoder_source(const RunConfig& config);

/// --normalise; nullopt: the data set's. UserError for a text that is none.
std::optional<Normalisation> normalisation_of(const RunConfig& config);

/// --image_size and --image_crop.
ImageForm image_form(const RunConfig& config);

/// UserError for cuts, poolings or views that there are not, and that do not go together.
FeatureForm feature_form(const RunConfig& config);

}  // namespace packrat
