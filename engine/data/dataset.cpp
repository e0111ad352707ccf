#include "engine/data/dataset.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/data/check.h"
#include "engine/data/class_names.h"
#include "engine/data/dataset_name.h"
#include "engine/data/feature_dataset.h"
#include "engine/data/folder_records.h"
#include "engine/data/grey_dataset.h"
#include "engine/data/record_file.h"
#include "engine/data/tiny_imagenet.h"
#include "engine/data/watched_file.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> class_names(const DatasetInfo& info, const fs::path& folder,
                                     const Manifest& manifest) {
  if (manifest.files.count(info.names_file) > 0)
    return read_class_names(folder / info.names_file, info.name, info.classes);
  return completed_class_names(info.class_names, info.classes);
}

/// The images of a grey data set; labels of one byte become such of two.
ImageSet grey_images(GreyImages images, const ImageForm& form) {
  ImageSet set(form);
  set.labels.assign(images.labels.begin(), images.labels.end());
  set.append(std::move(images.pixels), {set.count(), images.side * images.side, images.side, 1});
  return set;
}

Dataset load_grey(const DatasetInfo& info, const fs::path& data_dir) {
  const GreyDatasetInfo& grey_info = *find_grey_dataset(info.name);
  std::vector<std::unique_ptr<const WatchedFile>> files;
  for (const fs::path& file : grey_dataset_files(grey_info, data_dir))
    files.push_back(std::make_unique<const WatchedFile>(file));
  GreyDataset grey = load_grey_dataset(grey_info, data_dir);
  Dataset dataset;
  dataset.info = info;
  dataset.train = grey_images(std::move(grey.train), info.image);
  dataset.test = grey_images(std::move(grey.test), info.image);
  dataset.class_names = info.class_names;
  std::vector<NamedDigest> digests;
  for (const auto& file : files) {
    digests.push_back({file->path().filename().string(), sha256_of_file(file->path())});
    file->check_unchanged();
  }
  dataset.sha256 = combined_sha256(digests);
  for (const NamedDigest& file : digests) dataset.file_sha256[file.name] = file.sha256;
  return dataset;
}

}  // namespace

Dataset load_dataset(const DatasetInfo& info, const fs::path& data_dir) {
  if (info.feature_shape) return load_features(info.name, data_dir, {});
  if (info.grey) return load_grey(info, data_dir);
  const Manifest manifest = check_and_record(info, data_dir);
  const fs::path folder = data_dir / info.folder;
  Dataset dataset;
  dataset.info = info;
  dataset.train = dataset.test = ImageSet(info.image);
  for (const RecordFile& file : info.files) {
    ImageSet& images = file.split == Split::kTrain ? dataset.train : dataset.test;
    const FileState& checked = manifest.files.at(file.name);
    auto records = std::make_shared<const WatchedFile>(folder / file.name);
    records->check_opened_as(checked.size_bytes, checked.mtime_ns);
    append_records(info, std::move(records), images);
    dataset.file_sha256[file.name] = checked.sha256;
  }
  dataset.class_names = class_names(info, folder, manifest);
  dataset.sha256 = combined_sha256(info, manifest);
  return dataset;
}

DatasetInfo describe_dataset(const std::string& text, const fs::path& data_dir, const ProgressFn& progress,
                             const ImageForm& form) {
  if (names_features(text)) return describe_features(text);
  if (names_image_folder(text))
    return prepare_image_folder(image_folder_path(text), data_dir, progress, form);
  DatasetInfo info = find_dataset(text);
  info.image = form;
  if (!info.picture_folder.empty() && form != ImageForm()) {  // then the pictures are recorded as they are
    info.folder = info.picture_folder + "-64x64";
    info.record_side = kTinyImageNetSide;
  }
  return info;
}

Dataset load_dataset(const std::string& text, const fs::path& data_dir, const ProgressFn& progress,
                     const ImageForm& form) {
  if (names_features(text)) return load_features(text, data_dir, progress);
  return load_dataset(describe_dataset(text, data_dir, progress, form), data_dir);
}

std::int64_t DatasetInfo::images(Split split) const {
  std::int64_t count = 0;
  for (const RecordFile& file : files) count += file.split == split ? file.records : 0;
  return count;
}

std::string DatasetInfo::file_stem() const {
  return dataset_file_stem(name);
}

}  // namespace packrat
