#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/feature_files.h"
#include "engine/features/prepared_data.h"

namespace packrat {

struct EncodedFiles {
  Shape3 shape{};  ///< of a row
  std::string weights_sha256, weights_note;
};

/// Encodes both splits into files, feature_chunk_rows() images at a time, without the feature cache;
/// rows are those of prepare_data(). All files are put in place together, when the last one is complete.
/// UserError when one cannot be written, for bfloat16 in .npy files, and for values beyond float16;
/// Interrupted when stop_requested(), with nothing written.
EncodedFiles encode_to_files(const Dataset& dataset, const EncodingOptions& options,
                             const FeatureFileForm& form, const ProgressFn& progress);

}  // namespace packrat
