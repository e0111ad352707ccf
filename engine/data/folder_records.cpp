#include "engine/data/folder_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <tuple>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/json_text.h"
#include "engine/core/utf8.h"
#include "engine/data/check.h"
#include "engine/data/dataset_name.h"
#include "engine/data/image_folder.h"
#include "engine/data/picture_files.h"
#include "engine/data/record_file.h"
#include "engine/data/staging.h"

namespace packrat {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

constexpr const char* kIndexName = "image_folder.json";  // beside the record files: what they were made from

/// All that does not depend on the pictures.
DatasetInfo plain_info(const fs::path& folder, const ImageForm& form) {
  DatasetInfo info;
  info.name = dataset_name("folder:" + folder.string());
  info.display_name = folder.filename().string();
  info.folder = (fs::path("folders") / (dataset_file_stem(info.name) + form.suffix())).string();
  info.image = form;
  info.record_side = form.side;
  info.label_bytes = info.label_width = 2;
  info.files = {{"train.bin", Split::kTrain, 0, "", "", ""}, {"test.bin", Split::kTest, 0, "", "", ""}};
  info.names_file = "class_names.txt";
  info.made_from = folder.string();
  return info;
}

Json to_json(const DatasetInfo& info, const std::string& digest) {
  Json json{{"pictures", printable(info.made_from)},
            {"digest", digest},
            {"classes", info.classes},
            {"train_of_class", info.train_of_class},
            {"mean", info.mean},
            {"std", info.std},
            {"train", info.files[0].records},
            {"test", info.files[1].records}};
  if (info.image != ImageForm()) json["form"] = info.image.suffix();  // files without it are of the usual one
  return json;
}

/// Of all that the index says.
std::string seal_of(const Json& index) {
  const std::string text = index.dump();
  return fmt::format("{:016x}", checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

/// What the index in `target` says, when it is of these very pictures.
std::optional<DatasetInfo> indexed_info(DatasetInfo info, const fs::path& target, const std::string& digest) {
  std::error_code failed;
  if (!fs::exists(target / kIndexName, failed)) return std::nullopt;
  try {
    Json json = parse_json(read_text(target / kIndexName));
    const std::string seal = json.at("xxh3");
    json.erase("xxh3");
    if (seal != seal_of(json)) return std::nullopt;  // damaged: rebuilt
    if (json.at("pictures") != printable(info.made_from) || json.at("digest") != digest ||
        json.value("form", "") != info.image.suffix())
      return std::nullopt;
    json.at("classes").get_to(info.classes);
    json.at("train_of_class").get_to(info.train_of_class);
    json.at("mean").get_to(info.mean);
    json.at("std").get_to(info.std);
    json.at("train").get_to(info.files[0].records);
    json.at("test").get_to(info.files[1].records);
  } catch (const Json::exception&) {
    return std::nullopt;  // made again
  }
  return info;
}

/// The record files that are there, if they are sound and of these very pictures.
std::optional<DatasetInfo> records_in_place(const DatasetInfo& plain, const fs::path& data_dir,
                                            const std::string& digest) {
  const std::optional<DatasetInfo> info = indexed_info(plain, data_dir / plain.folder, digest);
  if (!info) return std::nullopt;
  try {
    check_and_record(*info, data_dir);
  } catch (const UserError&) {
    return std::nullopt;  // missing or damaged: rebuilt
  }
  return info;
}

/// Mean and deviation of pixels by channel, from whole sums: exact up to the last division.
class PixelSums {
 public:
  void add(const std::vector<std::uint8_t>& planes) {
    const std::size_t plane = planes.size() / sum_.size();
    count_ += plane;
    for (std::size_t i = 0; i < planes.size(); ++i) {
      const std::uint64_t p = planes[i];
      sum_[i / plane] += p;
      squares_[i / plane] += p * p;
    }
  }

  void give(DatasetInfo& info) const {
    for (std::size_t c = 0; c < sum_.size(); ++c) {
      const auto n = static_cast<double>(count_);
      const double mean = static_cast<double>(sum_[c]) / n;
      const double variance = std::max(0.0, static_cast<double>(squares_[c]) / n - mean * mean);
      info.mean[c] = static_cast<float>(mean / 255);
      info.std[c] = variance > 0 ? static_cast<float>(std::sqrt(variance) / 255) : 1.0F;
    }
  }

 private:
  std::uint64_t count_ = 0;
  std::array<std::uint64_t, kImageChannels> sum_{}, squares_{};
};

/// Writes a folder's pictures as record files, each as soon as it is decoded.
class RecordWriter {
 public:
  RecordWriter(const fs::path& folder, ImageFolder listed, const ProgressFn& progress)
      : folder_(folder), listed_(std::move(listed)), progress_(progress) {
    // Class after class, the pictures of each in the order of their names.
    std::stable_sort(listed_.pictures.begin(), listed_.pictures.end(),
                     [](const FolderPicture& a, const FolderPicture& b) {
                       return std::tie(a.label, a.path) < std::tie(b.label, b.path);
                     });
  }

  /// Fills in what the pictures say of the data set.
  void write(DatasetInfo& info, const fs::path& target) {
    info.classes = static_cast<int>(listed_.classes.size());
    info.train_of_class.assign(listed_.classes.size(), 0);
    for (RecordFile& file : info.files)
      write_file_atomically(target / file.name,
                            [&](std::ostream& out) { file.records = write_split(info, file.split, out); });
    sums_.give(info);
    write_file_atomically(target / info.names_file, [&](std::ostream& out) {
      for (const std::string& name : listed_.classes) out << name << '\n';
    });
  }

 private:
  std::int64_t write_split(DatasetInfo& info, Split split, std::ostream& out) {
    std::vector<int> labels;
    std::size_t written = 0;
    PictureDecoder decoder(info.image, [&](const Picture& picture) {
      const int label = labels[written++];
      write_record(info, label, picture.planes.data(), out);
      if (split != Split::kTrain) return;
      sums_.add(picture.planes);
      ++info.train_of_class[static_cast<std::size_t>(label)];
    });
    for (const FolderPicture& picture : listed_.pictures) {
      if (picture.split != split) continue;
      if (stop_requested()) throw Interrupted(fmt::format("interrupted while reading {}", folder_.string()));
      const fs::path path = folder_ / picture.path;
      labels.push_back(picture.label);
      decoder.add(path.string(), read_file(path));
      if (progress_) progress_("read pictures", ++read_, static_cast<std::int64_t>(listed_.pictures.size()));
    }
    decoder.finish();
    return static_cast<std::int64_t>(written);
  }

  const fs::path& folder_;
  ImageFolder listed_;
  const ProgressFn& progress_;
  PixelSums sums_;
  std::int64_t read_ = 0;
};

}  // namespace

DatasetInfo prepare_image_folder(const fs::path& folder, const fs::path& data_dir, const ProgressFn& progress,
                                 const ImageForm& form, bool again) {
  ImageFolder listed = list_image_folder(folder);
  const std::string digest = listed.digest;
  DatasetInfo info = plain_info(folder, form);
  if (!again)
    if (auto there = records_in_place(info, data_dir, digest)) return *there;
  StagingFolder staging(data_dir / info.folder);
  RecordWriter(folder, std::move(listed), progress).write(info, staging.ready());
  if (list_image_folder(folder).digest != digest)
    throw UserError(
        fmt::format("{} changed while it was read: start again when it is complete", folder.string()));
  Manifest manifest = check_new_files(info, staging.ready());
  manifest.source = printable(info.made_from);
  write_manifest(staging.ready(), manifest);
  Json index = to_json(info, digest);
  index["xxh3"] = seal_of(index);
  write_file_atomically(staging.ready() / kIndexName,
                        [&](std::ostream& out) { out << index.dump(2) << '\n'; });
  staging.move_into_place(kManifestName);
  return info;
}

}  // namespace packrat
