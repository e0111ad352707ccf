#pragma once
#include <filesystem>

#include "engine/core/progress.h"
#include "engine/data/dataset.h"

namespace packrat {

/// A folder of pictures (image_folder.h) as a data set. Its pictures, each in that form (decode_picture()),
/// lie as record files in `data_dir`/folders/STEM, or STEM-224 for 224 pixels, so that they are decoded once:
/// again only when the folder has changed, when the record files are damaged, or when `again`. Mean and
/// standard deviation are those of the training pixels by channel; a channel that never changes gets the
/// deviation 1.
///
/// UserError for what list_image_folder() refuses, for a picture that cannot be read, with its path, and when
/// the record files cannot be written or the folder changes meanwhile; Interrupted when stop_requested(),
/// which leaves earlier record files as they were.
DatasetInfo prepare_image_folder(const std::filesystem::path& folder, const std::filesystem::path& data_dir,
                                 const ProgressFn& progress = {}, const ImageForm& form = {},
                                 bool again = false);

}  // namespace packrat
