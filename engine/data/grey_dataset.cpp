#include "engine/data/grey_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/data/idx_file.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// The file of that name, or its packed form.
fs::path existing(const fs::path& folder, const std::string& name) {
  std::error_code failed;
  for (const fs::path& path : {folder / name, folder / (name + ".gz")})
    if (fs::exists(path, failed)) return path;
  throw UserError(fmt::format("{} has neither {} nor {}.gz: put it there", folder.string(), name, name));
}

void check(const GreyDatasetInfo& info, const fs::path& folder, const IdxArray& images,
           const IdxArray& labels) {
  const auto fail = [&](const std::string& what) {
    throw UserError(fmt::format("{}: {} is not as {} has it; get the official files", folder.string(), what,
                                info.display_name));
  };
  if (images.sizes.size() != 3 || images.sizes[1] != images.sizes[2] || images.sizes[1] < 1)
    fail("the shape of the images");
  if (labels.sizes.size() != 1 || labels.sizes[0] != images.sizes[0] || labels.sizes[0] < 1)
    fail("the number of labels");
  if (*std::max_element(labels.values.begin(), labels.values.end()) >= info.classes)
    fail(fmt::format("a label above {}", info.classes - 1));
}

GreyImages read_images(const GreyDatasetInfo& info, const fs::path& images_file,
                       const fs::path& labels_file) {
  IdxArray images = read_idx(images_file);
  IdxArray labels = read_idx(labels_file);
  check(info, images_file.parent_path(), images, labels);
  return {images.sizes[1], std::move(images.values), std::move(labels.values)};
}

std::string digest_of(const GreyDataset& dataset) {
  std::string text;
  for (const GreyImages* images : {&dataset.train, &dataset.test})
    for (const std::vector<std::uint8_t>* bytes : {&images->pixels, &images->labels})
      text += fmt::format("{:016x}", checksum({bytes->data(), bytes->size()}));
  return fmt::format("{:016x}", checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

}  // namespace

const std::vector<GreyDatasetInfo>& grey_datasets() {
  static const std::vector<GreyDatasetInfo> table{{"mnist",
                                                   "MNIST",
                                                   10,
                                                   60000,
                                                   10000,
                                                   "",
                                                   "",
                                                   "the MNIST database of handwritten digits",
                                                   0.1307F,
                                                   0.3081F,
                                                   {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
                                                  {"fashion-mnist",
                                                   "Fashion-MNIST",
                                                   10,
                                                   60000,
                                                   10000,
                                                   "dataset-fashion-mnist",
                                                   "/usr/share/datasets/fashion-mnist",
                                                   "github.com/zalandoresearch/fashion-mnist",
                                                   0.2860F,
                                                   0.3530F,
                                                   {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}}};
  return table;
}

const GreyDatasetInfo* find_grey_dataset(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const GreyDatasetInfo& info : grey_datasets())
    if (info.name == lower) return &info;
  return nullptr;
}

fs::path grey_dataset_folder(const GreyDatasetInfo& info, const fs::path& data_dir) {
  std::error_code failed;
  if (fs::is_directory(data_dir / info.name, failed)) return data_dir / info.name;
  if (!info.debian_folder.empty() && fs::is_directory(info.debian_folder, failed)) return info.debian_folder;
  return {};
}

std::string grey_dataset_remedy(const GreyDatasetInfo& info, const fs::path& data_dir) {
  const std::string files =
      fmt::format("put the four IDX files of {} into {}", info.source, (data_dir / info.name).string());
  return info.debian_package.empty() ? files
                                     : fmt::format("apt install {}, or {}", info.debian_package, files);
}

std::vector<fs::path> grey_dataset_files(const GreyDatasetInfo& info, const fs::path& data_dir) {
  const fs::path folder = grey_dataset_folder(info, data_dir);
  if (folder.empty())
    throw UserError(
        fmt::format("{} is not here: {}", info.display_name, grey_dataset_remedy(info, data_dir)));
  return {existing(folder, "train-images-idx3-ubyte"), existing(folder, "train-labels-idx1-ubyte"),
          existing(folder, "t10k-images-idx3-ubyte"), existing(folder, "t10k-labels-idx1-ubyte")};
}

GreyDataset load_grey_dataset(const GreyDatasetInfo& info, const fs::path& data_dir) {
  const std::vector<fs::path> files = grey_dataset_files(info, data_dir);
  const fs::path folder = files[0].parent_path();
  GreyDataset dataset{info, read_images(info, files[0], files[1]), read_images(info, files[2], files[3]), ""};
  if (dataset.train.side != dataset.test.side)
    throw UserError(
        fmt::format("{}: training images have {} pixels a side, test images {}; get the official files",
                    folder.string(), dataset.train.side, dataset.test.side));
  dataset.digest = digest_of(dataset);
  return dataset;
}

}  // namespace packrat
