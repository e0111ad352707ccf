#include "engine/data/feature_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/core/utf8.h"
#include "engine/data/class_names.h"
#include "engine/data/dataset_name.h"
#include "engine/data/feature_files.h"
#include "engine/data/manifest.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr const char* kClassNamesFile = "class_names.txt";

struct FeatureSplits {
  FeatureSplit train, test;
};

std::string path_text(const FeatureSplit& split) {
  return split.rows.file->path().string();
}

std::string shape_text(const std::array<std::int64_t, 3>& shape) {
  if (shape[1] == 1 && shape[2] == 1) return fmt::format("{} values", shape[0]);
  return fmt::format("{}x{}x{}", shape[0], shape[1], shape[2]);
}

FeatureSplits open_splits(const std::string& text) {
  const FeaturePaths paths = feature_paths(text);
  const auto files = [&](const char* name, const fs::path& file) {
    return paths.test.empty() ? feature_files_in(paths.train, name) : feature_files_at(file);
  };
  FeatureSplits splits{open_feature_split(files("train", paths.train)),
                       open_feature_split(files("test", paths.test))};
  if (splits.train.rows.shape != splits.test.rows.shape)
    throw UserError(fmt::format("{} has rows of {}, but {} of {}: make both in the same way",
                                path_text(splits.train), shape_text(splits.train.rows.shape),
                                path_text(splits.test), shape_text(splits.test.rows.shape)));
  return splits;
}

std::vector<std::int64_t> rows_of_each_class(const FeatureSplits& splits) {
  const auto& labels = splits.train.labels;
  std::vector<std::int64_t> rows(std::size_t{1} + *std::max_element(labels.begin(), labels.end()), 0);
  for (const std::uint16_t label : labels) ++rows[label];
  if (rows.size() < 2)
    throw UserError(fmt::format("{} has one class alone, label 0: give rows of two classes or more",
                                path_text(splits.train)));
  if (const auto empty = std::find(rows.begin(), rows.end(), 0); empty != rows.end())
    throw UserError(
        fmt::format("{} has labels up to {}, but no row of class {}: number the classes without gaps "
                    "(numpy.unique(labels, return_inverse=True)[1])",
                    path_text(splits.train), rows.size() - 1, empty - rows.begin()));
  const auto& tested = splits.test.labels;
  const auto other =
      std::find_if(tested.begin(), tested.end(), [&](std::uint16_t label) { return label >= rows.size(); });
  if (other != tested.end())
    throw UserError(fmt::format("{}: row {} is of class {}, but {} has classes 0 to {}: leave such rows out",
                                path_text(splits.test), other - tested.begin(), *other,
                                path_text(splits.train), rows.size() - 1));
  return rows;
}

/// Of the metadata, else of the file beside the training rows; empty when there are neither.
std::vector<std::string> names_of_classes(const FeatureSplits& splits, const std::string& dataset,
                                          int classes) {
  if (!splits.train.class_names.empty()) {
    const std::string where = path_text(splits.train);
    try {
      auto names = parse_json(splits.train.class_names).get<std::vector<std::string>>();
      if (names.size() == static_cast<std::size_t>(classes)) return names;
      throw UserError(
          fmt::format("{}: its metadata name {} classes, but there are {}: fix or leave out class_names",
                      where, names.size(), classes));
    } catch (const nlohmann::json::exception&) {
      throw UserError(fmt::format(
          "{}: class_names in its metadata is no JSON list of texts, such as [\"cat\", \"dog\"]", where));
    }
  }
  const fs::path file = splits.train.rows.file->path().parent_path() / kClassNamesFile;
  std::error_code failed;
  return fs::exists(file, failed) ? read_class_names(file, dataset, classes) : std::vector<std::string>{};
}

DatasetInfo info_of(const std::string& text, const FeatureSplits& splits) {
  DatasetInfo info;
  info.name = dataset_name(text);
  const FeaturePaths paths = feature_paths(text);
  info.display_name = (paths.test.empty() ? paths.train.filename() : paths.train.stem()).string();
  info.train_of_class = rows_of_each_class(splits);
  info.classes = static_cast<int>(info.train_of_class.size());
  info.mean = {0, 0, 0};
  info.std = {1, 1, 1};
  info.label_bytes = 0;
  info.files = {{"train", Split::kTrain, splits.train.rows.count, "", "", ""},
                {"test", Split::kTest, splits.test.rows.count, "", "", ""}};
  info.feature_shape = splits.train.rows.shape;
  info.class_names = names_of_classes(splits, info.name, info.classes);
  return info;
}

/// The digests of a split's files, from `known` when all of them are as they were when they were recorded
/// there; else all values are checked, and the files are hashed and recorded.
std::vector<std::string> digests_of(const FeatureSplit& split, const ProgressFn& progress, bool again,
                                    Manifest& known) {
  std::vector<std::string> digests;
  for (const auto& file : split.files) {
    const auto state = known.files.find(file->path().string());
    if (again || state == known.files.end() || state->second.mtime_ns != file->mtime_ns() ||
        state->second.size_bytes != static_cast<std::int64_t>(file->bytes().size))
      break;
    digests.push_back(state->second.sha256);
  }
  if (digests.size() == split.files.size()) return digests;
  check_feature_values(split, progress);
  digests.clear();
  for (const auto& file : split.files) {
    digests.push_back(sha256_of_file(file->path()));
    file->check_unchanged();
    known.files[file->path().string()] = {digests.back(), static_cast<std::int64_t>(file->bytes().size),
                                          file->mtime_ns()};
  }
  return digests;
}

/// What was recorded before; nothing when that cannot be understood: it is made again.
Manifest recorded(const fs::path& folder) {
  try {
    return read_manifest(folder).value_or(Manifest{"features from files", {}});
  } catch (const UserError&) {
    return {"features from files", {}};
  }
}

ImageSet rows_and_labels(FeatureSplit split) {
  ImageSet set;
  set.labels = std::move(split.labels);
  set.tasks = std::move(split.tasks);
  set.rows = std::make_shared<const MappedRows>(std::move(split.rows));
  return set;
}

}  // namespace

DatasetInfo describe_features(const std::string& text) {
  return info_of(text, open_splits(text));
}

Dataset load_features(const std::string& text, const fs::path& data_dir, const ProgressFn& progress,
                      bool again) {
  FeatureSplits splits = open_splits(text);
  Dataset dataset;
  dataset.info = info_of(text, splits);
  const fs::path folder = data_dir / "feature_files" / dataset.info.file_stem();
  Manifest manifest = recorded(folder);
  const Manifest before = manifest;
  std::vector<NamedDigest> digests;
  for (const auto& [name, split] :
       {std::make_pair("train", &splits.train), std::make_pair("test", &splits.test)}) {
    const std::vector<std::string> of_files = digests_of(*split, progress, again, manifest);
    for (std::size_t i = 0; i < of_files.size(); ++i) {
      digests.push_back({fmt::format("{} {}", name, i), of_files[i]});
      dataset.file_sha256[split->files[i]->path().string()] = of_files[i];
    }
  }
  if (!(manifest == before)) try {
      fs::create_directories(folder);
      write_manifest(folder, manifest);
    } catch (const std::exception&) {  // nothing is remembered: the files are read again the next time
    }
  dataset.sha256 = combined_sha256(digests);
  dataset.class_names = completed_class_names(dataset.info.class_names, dataset.info.classes);
  dataset.train = rows_and_labels(std::move(splits.train));
  dataset.test = rows_and_labels(std::move(splits.test));
  return dataset;
}

void require_images(const std::string& dataset, const std::string& what) {
  if (names_features(dataset))
    throw UserError(
        fmt::format("{} needs images, but {} holds features: name a data set of images", what, dataset));
}

}  // namespace packrat
