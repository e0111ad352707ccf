#include "engine/data/dataset.h"

#include <fmt/format.h>

#include <sstream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/utf8.h"
#include "engine/data/check.h"
#include "engine/data/dataset_name.h"
#include "engine/data/folder_records.h"
#include "engine/data/record_file.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(read_text(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> class_names(const DatasetInfo& info, const fs::path& folder,
                                     const Manifest& manifest) {
  const auto classes = static_cast<std::size_t>(info.classes);
  if (manifest.files.count(info.names_file) > 0) {
    const fs::path path = folder / info.names_file;
    std::vector<std::string> names = lines_of(path);
    for (const std::string& name : names)
      if (!is_utf8(name))
        throw UserError(fmt::format("{}: the class name '{}' is not UTF-8 text: fix or delete the file",
                                    path.string(), printable(name)));
    if (names.size() == classes) return names;
    throw UserError(fmt::format("{} holds {} class names, but {} has {} classes: fix or delete it",
                                path.string(), names.size(), info.name, info.classes));
  }
  std::vector<std::string> names = info.class_names;
  while (names.size() < classes) names.push_back(fmt::format("class {}", names.size()));
  return names;
}

void reserve(const DatasetInfo& info, const Manifest& manifest, Split split, ImageSet& images) {
  std::int64_t bytes = 0;
  for (const RecordFile& file : info.files)
    if (file.split == split) bytes += manifest.files.at(file.name).size_bytes;
  const auto count = static_cast<std::size_t>(bytes / info.record_bytes());
  images.pixels.reserve(count * kImageBytes);
  images.labels.reserve(count);
}

}  // namespace

Dataset load_dataset(const DatasetInfo& info, const fs::path& data_dir) {
  const Manifest manifest = check_and_record(info, data_dir);
  const fs::path folder = data_dir / info.folder;
  Dataset dataset;
  dataset.info = info;
  reserve(info, manifest, Split::kTrain, dataset.train);
  reserve(info, manifest, Split::kTest, dataset.test);
  for (const RecordFile& file : info.files) {
    ImageSet& images = file.split == Split::kTrain ? dataset.train : dataset.test;
    append_records(info, MappedFile(folder / file.name).bytes(), images);
    dataset.file_sha256[file.name] = manifest.files.at(file.name).sha256;
  }
  dataset.class_names = class_names(info, folder, manifest);
  dataset.sha256 = combined_sha256(info, manifest);
  return dataset;
}

DatasetInfo describe_dataset(const std::string& text, const fs::path& data_dir, const ProgressFn& progress) {
  if (names_image_folder(text)) return prepare_image_folder(image_folder_path(text), data_dir, progress);
  return find_dataset(text);
}

Dataset load_dataset(const std::string& text, const fs::path& data_dir, const ProgressFn& progress) {
  return load_dataset(describe_dataset(text, data_dir, progress), data_dir);
}

std::int64_t DatasetInfo::images(Split split) const {
  std::int64_t count = 0;
  for (const RecordFile& file : files) count += file.split == split ? file.records : 0;
  return count;
}

std::string DatasetInfo::file_stem() const {
  return made_from.empty() ? name : dataset_file_stem(name);
}

}  // namespace packrat
