#pragma once
#include <filesystem>

#include "engine/core/progress.h"
#include "engine/data/dataset.h"

namespace packrat {

// Tiny ImageNet's official layout, below a folder of any name:
//   wnids.txt                        the classes, one WordNet id a line
//   words.txt                        id, tab, words
//   train/ID/images/*.JPEG           training pictures (their bounding boxes are not used)
//   val/images/*.JPEG                validation pictures, val/val_annotations.txt: file name, tab, id, tab,
//   box test/                            pictures without labels: not used

constexpr int kTinyImageNetSide = 64;  // of its pictures

/// Converts such a folder, or an archive of it, to the record files of `info` in `folder`, 3 x record_side x
/// record_side pixels a picture (see decode_picture()), with a manifest that says `source`. Labels are the
/// classes in the order of their ids; the validation pictures become the test split. There may be fewer
/// pictures than the official set has, but every class needs some of both kinds. UserError names the file
/// that is missing or wrong; Interrupted when stop_requested().
void convert_tiny_imagenet(const DatasetInfo& info, const std::filesystem::path& folder_or_archive,
                           const std::string& source, const std::filesystem::path& folder,
                           const ProgressFn& progress = {});

}  // namespace packrat
