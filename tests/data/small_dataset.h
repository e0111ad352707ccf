#pragma once
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/core/rng.h"
#include "engine/data/check.h"
#include "engine/data/dataset.h"
#include "engine/data/record_file.h"
#include "tests/support/temp_folder.h"

namespace packrat {

constexpr int kPlaneBytes = 32 * 32, kImageBytes = kImageChannels * kPlaneBytes;  // of the usual form

}  // namespace packrat

namespace packrat::testing_data {

using packrat::TempFolder;

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// An image whose colour tells its class (so that a network can learn it), with noise. 3 x 32 x 32 bytes.
inline std::vector<std::uint8_t> small_image(int label, Rng& rng) {
  std::vector<std::uint8_t> image;
  for (int i = 0; i < kImageBytes; ++i) {
    const int channel = i / kPlaneBytes;
    const auto level = static_cast<std::uint8_t>(((label + 1) * (37 + 61 * channel)) % 200);
    image.push_back(static_cast<std::uint8_t>(level + rng.below(56)));
  }
  return image;
}

/// Writes one record file of `records` images; labels run through the classes, from `first_label` on.
inline void write_small_file(const DatasetInfo& info, const std::filesystem::path& path, std::int64_t records,
                             Rng rng, int first_label = 0) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  for (std::int64_t i = 0; i < records; ++i) {
    const int label = static_cast<int>((first_label + i) % info.classes);
    write_record(info, label, small_image(label, rng).data(), out);
  }
}

/// Writes a data set of the table with `records` images a file, and a manifest that says so: load_dataset()
/// takes it as it is.
inline void write_small_dataset(const DatasetInfo& info, const std::filesystem::path& data_dir,
                                std::int64_t records, std::uint64_t seed = 0) {
  DatasetInfo small = info;
  for (RecordFile& file : small.files) {
    file.records = records;
    file.sha256.clear();
    write_small_file(info, data_dir / info.folder / file.name, records, Rng(seed).fork(file.name));
  }
  Manifest manifest = check_dataset(small, data_dir, Trust::kHashOnly);
  manifest.source = "synthetic";
  write_manifest(data_dir / info.folder, manifest);
}

/// A made-up data set of 4 classes: two training files of 6 images, which share a label list, and a test file
/// of 5.
inline DatasetInfo toy_info(int label_bytes = 1) {
  DatasetInfo info;
  info.name = "toy";
  info.display_name = "TOY";
  info.classes = 4;
  info.mean = info.std = {0.5F, 0.5F, 0.5F};
  info.folder = "toy-bin";
  info.label_bytes = label_bytes;
  info.files = {{"one.bin", Split::kTrain, 6, "", "one.png", "train.json"},
                {"two.bin", Split::kTrain, 6, "", "two.png", "train.json"},
                {"test.bin", Split::kTest, 5, "", "test.png", "test.json"}};
  info.names_file = "names.txt";
  info.other_files = {"more.txt"};
  info.class_names = {"ant", "bee", "cat", "dog"};
  return info;
}

/// The toy set's record files, in the official layout, in `folder`; file f starts with label f.
inline void write_toy_files(const DatasetInfo& info, const std::filesystem::path& folder) {
  int first_label = 0;
  for (const RecordFile& file : info.files)
    write_small_file(info, folder / file.name, file.records, Rng(1).fork(file.name), first_label++);
}

}  // namespace packrat::testing_data
