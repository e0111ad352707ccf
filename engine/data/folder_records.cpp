#include "engine/data/folder_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/utf8.h"
#include "engine/data/check.h"
#include "engine/data/class_pictures.h"
#include "engine/data/dataset_name.h"
#include "engine/data/image_folder.h"
#include "engine/data/staging.h"

namespace packrat {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

constexpr const char* kIndexName = "image_folder.json";  // beside the record files: what they were made from

/// All that does not depend on the pictures.
DatasetInfo plain_info(const fs::path& folder) {
  DatasetInfo info;
  info.name = dataset_name("folder:" + folder.string());
  info.display_name = folder.filename().string();
  info.folder = (fs::path("folders") / dataset_file_stem(info.name)).string();
  info.label_bytes = info.label_width = 2;
  info.files = {{"train.bin", Split::kTrain, 0, "", "", ""}, {"test.bin", Split::kTest, 0, "", "", ""}};
  info.names_file = "class_names.txt";
  info.made_from = folder.string();
  return info;
}

Json to_json(const DatasetInfo& info, const std::string& digest) {
  return {{"pictures", printable(info.made_from)},
          {"digest", digest},
          {"classes", info.classes},
          {"train_of_class", info.train_of_class},
          {"mean", info.mean},
          {"std", info.std},
          {"train", info.files[0].records},
          {"test", info.files[1].records}};
}

/// Of all that the index says.
std::string seal_of(const Json& index) {
  const std::string text = index.dump();
  return fmt::format("{:016x}", checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

/// What the index in `target` says, when it is of these very pictures.
std::optional<DatasetInfo> indexed_info(const fs::path& folder, const fs::path& target,
                                        const std::string& digest) {
  std::error_code failed;
  if (!fs::exists(target / kIndexName, failed)) return std::nullopt;
  DatasetInfo info = plain_info(folder);
  try {
    Json json = Json::parse(read_text(target / kIndexName));
    const std::string seal = json.at("xxh3");
    json.erase("xxh3");
    if (seal != seal_of(json)) return std::nullopt;  // damaged: rebuilt
    if (json.at("pictures") != printable(info.made_from) || json.at("digest") != digest) return std::nullopt;
    json.at("classes").get_to(info.classes);
    json.at("train_of_class").get_to(info.train_of_class);
    json.at("mean").get_to(info.mean);
    json.at("std").get_to(info.std);
    json.at("train").get_to(info.files[0].records);
    json.at("test").get_to(info.files[1].records);
  } catch (const Json::exception&) {
    return std::nullopt;  // made anew
  }
  return info;
}

/// The record files that are there, if they are sound and of these very pictures.
std::optional<DatasetInfo> records_in_place(const fs::path& folder, const fs::path& data_dir,
                                            const std::string& digest) {
  const std::optional<DatasetInfo> info = indexed_info(folder, data_dir / plain_info(folder).folder, digest);
  if (!info) return std::nullopt;
  try {
    check_and_record(*info, data_dir);
  } catch (const UserError&) {
    return std::nullopt;  // missing or damaged: rebuilt
  }
  return info;
}

std::vector<ClassPictures> read_pictures(const fs::path& folder, const ImageFolder& listed,
                                         const ProgressFn& progress) {
  PictureDecoder decoder;
  const auto total = static_cast<std::int64_t>(listed.pictures.size());
  for (std::int64_t i = 0; i < total; ++i) {
    if (stop_requested()) throw Interrupted(fmt::format("interrupted while reading {}", folder.string()));
    const fs::path path = folder / listed.pictures[static_cast<std::size_t>(i)].path;
    decoder.add(path.string(), read_file(path));
    if (progress) progress("read pictures", i + 1, total);
  }
  std::vector<ClassPictures> classes(listed.classes.size());
  for (std::size_t c = 0; c < classes.size(); ++c) classes[c].name = listed.classes[c];
  std::vector<Picture> pictures = decoder.finish();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    ClassPictures& one = classes[static_cast<std::size_t>(listed.pictures[i].label)];
    (listed.pictures[i].split == Split::kTrain ? one.train : one.test).push_back(std::move(pictures[i]));
  }
  return classes;
}

/// Mean and deviation of the training pixels, from whole sums: exact up to the last division.
void measure_pixels(const std::vector<ClassPictures>& classes, DatasetInfo& info) {
  for (std::size_t c = 0; c < info.mean.size(); ++c) {
    std::uint64_t count = 0, sum = 0, squares = 0;
    for (const ClassPictures& one : classes)
      for (const Picture& picture : one.train)
        for (int i = 0; i < kPlaneBytes; ++i, ++count) {
          const std::uint64_t p = picture.planes[c * kPlaneBytes + static_cast<std::size_t>(i)];
          sum += p;
          squares += p * p;
        }
    const double n = static_cast<double>(count), mean = static_cast<double>(sum) / n;
    const double variance = std::max(0.0, static_cast<double>(squares) / n - mean * mean);
    info.mean[c] = static_cast<float>(mean / 255);
    info.std[c] = variance > 0 ? static_cast<float>(std::sqrt(variance) / 255) : 1.0F;
  }
}

void count_pictures(const std::vector<ClassPictures>& classes, DatasetInfo& info) {
  info.classes = static_cast<int>(classes.size());
  for (const ClassPictures& one : classes) {
    info.train_of_class.push_back(static_cast<std::int64_t>(one.train.size()));
    info.files[0].records += info.train_of_class.back();
    info.files[1].records += static_cast<std::int64_t>(one.test.size());
  }
}

}  // namespace

DatasetInfo prepare_image_folder(const fs::path& folder, const fs::path& data_dir, const ProgressFn& progress,
                                 bool anew) {
  const ImageFolder listed = list_image_folder(folder);
  if (!anew)
    if (auto info = records_in_place(folder, data_dir, listed.digest)) return *info;
  std::vector<ClassPictures> classes = read_pictures(folder, listed, progress);
  DatasetInfo info = plain_info(folder);
  count_pictures(classes, info);
  measure_pixels(classes, info);
  StagingFolder staging(data_dir / info.folder);
  write_class_pictures(info, std::move(classes), printable(info.made_from), staging.ready());
  Json index = to_json(info, listed.digest);
  index["xxh3"] = seal_of(index);
  write_file_atomically(staging.ready() / kIndexName,
                        [&](std::ostream& out) { out << index.dump(2) << '\n'; });
  staging.move_into_place(kManifestName);
  return info;
}

}  // namespace packrat
