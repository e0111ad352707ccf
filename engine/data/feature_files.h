#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/data/mapped_rows.h"

namespace packrat {

// Features in files (docs/features.md): arrays `features` [N, ...], `labels` [N] and, if there are such,
// `tasks` [N] in one file NAME.safetensors or NAME.npz, or each in one of its own, NAME.features.npy,
// NAME.labels.npy, NAME.tasks.npy.

/// Where the arrays of a split are: one file for all, or one each.
struct FeatureFiles {
  std::filesystem::path features;
  std::filesystem::path labels, tasks;  ///< empty: in `features`, or, for tasks, nowhere
};

/// The files of DIR/NAME.*. UserError when there are none, or several forms of them.
FeatureFiles feature_files_in(const std::filesystem::path& folder, const std::string& name);
/// The files that `path` begins: itself, or, for X.features.npy, those beside it. UserError for other
/// endings.
FeatureFiles feature_files_at(const std::filesystem::path& path);
/// The forms of DIR/NAME.* that are there, by the file that each begins with.
std::vector<std::filesystem::path> feature_forms_in(const std::filesystem::path& folder,
                                                    const std::string& name);

/// A split's arrays.
struct FeatureSplit {
  MappedRows rows;
  std::vector<std::uint16_t> labels;  ///< [N]
  std::vector<std::int32_t> tasks;    ///< [N], or empty
  std::string class_names;            ///< the metadata's, a JSON list; empty when there are none
  std::vector<std::shared_ptr<const WatchedFile>> files;
};

/// Opens and maps them. All but the values of the features is checked. UserError that names the file, the
/// row and the remedy.
FeatureSplit open_feature_split(const FeatureFiles& files);

/// The features alone, of any of the forms, or of a plain .npy file.
MappedRows open_feature_rows(const std::filesystem::path& path);

/// What open_feature_split() left: reads every value. UserError for NaN, infinity and, in .npz files, bytes
/// that are not those that were written.
void check_feature_values(const FeatureSplit& split, const ProgressFn& progress);

/// The form in which features are written.
struct FeatureFileForm {
  std::filesystem::path folder;
  FeatureType type = FeatureType::kFloat32;  ///< not kUint8
  bool npy = false;                          ///< .npy files in place of .safetensors
};

/// The files of both splits: DIR/train.safetensors and DIR/test.safetensors, or DIR/train.features.npy,
/// DIR/train.labels.npy and so on.
std::vector<std::filesystem::path> feature_file_paths(const FeatureFileForm& form);

}  // namespace packrat
