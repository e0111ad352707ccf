#pragma once
#include <filesystem>
#include <iosfwd>

#include "engine/core/bytes.h"
#include "engine/data/dataset.h"
#include "engine/data/watched_file.h"

namespace packrat {

// The official binary format: records back to back, each `info.label_bytes` labels (CIFAR-100: coarse, fine)
// and then the image: all bytes red, all green, all blue (of CIFAR 1024 each), row by row. Labels of
// `info.label_width` bytes are little-endian.

/// UserError, naming record, label and range, when a label is not in 0 .. classes-1. `path` is for the
/// message.
void check_labels(const DatasetInfo& info, const std::filesystem::path& path, const MappedFile& file);

/// Appends the images and labels of a file of whole records whose labels have been checked. UserError when it
/// has changed since it was opened.
void append_records(const DatasetInfo& info, std::shared_ptr<const WatchedFile> file, ImageSet& images);

/// Writes one record: `label` in the last label bytes, zeros before it. planes: 3 x record_side x record_side
/// bytes, planar RGB.
void write_record(const DatasetInfo& info, int label, const std::uint8_t* planes, std::ostream& out);

}  // namespace packrat
