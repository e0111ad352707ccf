#pragma once
#include <filesystem>
#include <iosfwd>

#include "engine/core/bytes.h"
#include "engine/data/dataset.h"

namespace packrat {

// The official binary format: records back to back, each `info.label_bytes` labels (CIFAR-100: coarse, fine)
// and then the image, 1024 bytes red, 1024 green, 1024 blue, row by row. Labels of `info.label_width` bytes
// are little-endian.

/// UserError, naming record, label and range, when a label is not in 0 .. classes-1. `path` is for the
/// message.
void check_labels(const DatasetInfo& info, const std::filesystem::path& path, ByteView records);

/// Appends the images and labels of whole records whose labels have been checked.
void append_records(const DatasetInfo& info, ByteView records, ImageSet& images);

/// Writes one record: `label` in the last label bytes, zeros before it. planes: 3 x 32 x 32 bytes, planar
/// RGB.
void write_record(const DatasetInfo& info, int label, const std::uint8_t* planes, std::ostream& out);

}  // namespace packrat
