#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace packrat {

/// A data set of grey square pictures in four IDX files. `packrat sparsify` takes them as they are; a Dataset
/// (dataset.h) has them three times over, as red, green and blue.
struct GreyDatasetInfo {
  std::string name;          ///< as typed: "fashion-mnist"
  std::string display_name;  ///< "Fashion-MNIST"
  int classes;
  std::int64_t train_images, test_images;
  std::string debian_package;  ///< that holds the files; empty when there is none
  std::filesystem::path debian_folder;
  std::string source;  ///< where else to get them
  float mean, std;     ///< of the training pixels scaled to [0, 1]
  std::vector<std::string> class_names;
};

/// The one table of them: mnist and fashion-mnist.
const std::vector<GreyDatasetInfo>& grey_datasets();

/// The row called so, upper and lower case alike, or nullptr.
const GreyDatasetInfo* find_grey_dataset(const std::string& name);

struct GreyImages {
  std::int64_t side = 0;
  std::vector<std::uint8_t> pixels;  ///< [N, side, side]
  std::vector<std::uint8_t> labels;  ///< [N], 0 .. classes-1

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

struct GreyDataset {
  GreyDatasetInfo info;
  GreyImages train, test;
  std::string digest;  ///< XXH3 of all pixels and labels, hexadecimal: for cache keys
};

/// Where its files lie: `data_dir`/name, else the Debian package's folder; empty when there is neither.
std::filesystem::path grey_dataset_folder(const GreyDatasetInfo& info, const std::filesystem::path& data_dir);

/// Its four files there. UserError, with the remedy, when they are missing.
std::vector<std::filesystem::path> grey_dataset_files(const GreyDatasetInfo& info,
                                                      const std::filesystem::path& data_dir);

/// How to get it: one sentence.
std::string grey_dataset_remedy(const GreyDatasetInfo& info, const std::filesystem::path& data_dir);

/// Loads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte,
/// each plain or with ".gz". UserError, with the remedy, for missing and unsound files, labels out of range,
/// images that are not square, and counts that do not fit.
GreyDataset load_grey_dataset(const GreyDatasetInfo& info, const std::filesystem::path& data_dir);

}  // namespace packrat
