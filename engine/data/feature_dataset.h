#pragma once
#include <filesystem>
#include <string>

#include "engine/data/dataset.h"

namespace packrat {

// Features from files as a data set, named "features:DIR" or "features:TRAIN,TEST" (feature_files.h).

/// What the files say: classes, shape, numbers of rows. Their labels are read, their values are not.
/// UserError for what is wrong with them: the names the table in docs/features.md gives.
DatasetInfo describe_features(const std::string& text);

/// Maps them. The first time, and when a file's size or time of modification has changed, every value is
/// checked and the files are hashed; `data_dir`/feature_files remembers it, if it can be written. again:
/// check and hash in any case. Interrupted when stop_requested().
Dataset load_features(const std::string& text, const std::filesystem::path& data_dir,
                      const ProgressFn& progress, bool again = false);

/// UserError when the data set of that name is features from files: `what` says who needs images, "packrat
/// pretrain".
void require_images(const std::string& dataset, const std::string& what);

}  // namespace packrat
