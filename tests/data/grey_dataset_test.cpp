#include "engine/data/grey_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/data/idx_file.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;

/// An IDX file of bytes with these sizes, each below 256.
Bytes idx(const std::vector<std::uint8_t>& sizes, const Bytes& values) {
  Bytes file{0, 0, 8, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint8_t size : sizes) file.insert(file.end(), {0, 0, 0, size});
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

void write_plain(const fs::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void write_packed(const fs::path& path, const Bytes& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

class GreyDatasets : public ::testing::Test {
 protected:
  GreyDatasets()
      : data_(fs::path(testing::TempDir()) / "packrat_grey_dataset_test"), folder_(data_ / "mnist") {
    fs::remove_all(data_);
    fs::create_directories(folder_);
    write_plain(folder_ / "train-images-idx3-ubyte", idx({3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    write_plain(folder_ / "train-labels-idx1-ubyte", idx({3}, {0, 9, 4}));
    write_packed(folder_ / "t10k-images-idx3-ubyte.gz", idx({1, 2, 2}, {255, 0, 128, 7}));
    write_packed(folder_ / "t10k-labels-idx1-ubyte.gz", idx({1}, {5}));
  }
  ~GreyDatasets() override { fs::remove_all(data_); }

  GreyDataset load() const { return load_grey_dataset(*find_grey_dataset("MNIST"), data_); }
  std::string refusal() const {
    try {
      load();
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  fs::path data_, folder_;
};

TEST_F(GreyDatasets, AreReadPlainAndPacked) {
  const GreyDataset dataset = load();
  EXPECT_EQ(dataset.train.side, 2);
  EXPECT_EQ(dataset.train.count(), 3);
  EXPECT_EQ(dataset.train.pixels[5], 6);
  EXPECT_EQ(dataset.train.labels, (Bytes{0, 9, 4}));
  EXPECT_EQ(dataset.test.pixels, (Bytes{255, 0, 128, 7}));
  EXPECT_EQ(dataset.test.labels, Bytes{5});
}

TEST_F(GreyDatasets, HaveADigestOfTheirContentNotOfTheirPacking) {
  const std::string digest = load().digest;
  fs::remove(folder_ / "t10k-labels-idx1-ubyte.gz");
  write_plain(folder_ / "t10k-labels-idx1-ubyte", idx({1}, {5}));
  EXPECT_EQ(load().digest, digest);
  write_plain(folder_ / "t10k-labels-idx1-ubyte", idx({1}, {6}));
  EXPECT_NE(load().digest, digest);
}

TEST_F(GreyDatasets, WithoutFilesSayWhereToGetThem) {
  fs::remove(folder_ / "train-labels-idx1-ubyte");
  EXPECT_THAT(refusal(), testing::HasSubstr("train-labels-idx1-ubyte.gz: put it there"));
  fs::remove_all(folder_);
  EXPECT_THAT(refusal(), testing::HasSubstr("MNIST is not here: put the four IDX files"));
}

TEST_F(GreyDatasets, AFolderInPlaceOfAFileIsToldApartFromADamagedOne) {
  fs::rename(folder_ / "train-images-idx3-ubyte", folder_ / "inner");
  fs::create_directory(folder_ / "train-images-idx3-ubyte");
  fs::rename(folder_ / "inner", folder_ / "train-images-idx3-ubyte/train-images-idx3-ubyte");
  EXPECT_THAT(refusal(), testing::HasSubstr("train-images-idx3-ubyte is a folder"));
}

TEST_F(GreyDatasets, WithUnsoundFilesAreRefused) {
  struct Case {
    std::string file, reason;
    Bytes bytes;
  };
  const Bytes sound_labels = idx({3}, {0, 9, 4});
  for (const Case& c : std::vector<Case>{
           {"train-labels-idx1-ubyte", "a label above 9", idx({3}, {0, 10, 4})},
           {"train-labels-idx1-ubyte", "the number of labels", idx({2}, {0, 4})},
           {"train-labels-idx1-ubyte", "cut short", Bytes(sound_labels.begin(), sound_labels.end() - 1)},
           {"train-labels-idx1-ubyte", "cut short", {0, 0, 8}},
           {"train-labels-idx1-ubyte", "cut short", {}},
           {"train-labels-idx1-ubyte", "bytes behind", idx({2}, {0, 9, 4})},
           {"train-labels-idx1-ubyte", "does not begin", {0, 0, 13, 1, 0, 0, 0, 0}},
           {"train-images-idx3-ubyte", "the shape", idx({3, 1, 4}, Bytes(12, 1))},
           {"train-images-idx3-ubyte",
            "too many values",
            {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 2}}}) {
    const fs::path path = folder_ / c.file, kept = data_ / "kept";
    fs::copy_file(path, kept, fs::copy_options::overwrite_existing);
    write_plain(path, c.bytes);
    EXPECT_THAT(refusal(), testing::HasSubstr(c.reason)) << c.file;
    fs::copy_file(kept, path, fs::copy_options::overwrite_existing);
  }
}

TEST_F(GreyDatasets, PackedAndDamagedAreRefusedAtEveryByte) {
  const fs::path path = folder_ / "t10k-images-idx3-ubyte.gz";
  std::ifstream in(path, std::ios::binary);
  const Bytes packed((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t size = 0; size < packed.size(); ++size) {
    write_plain(path, Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_NE(refusal(), "") << size << " of " << packed.size() << " bytes";
  }
}

TEST_F(GreyDatasets, BecomeRedGreenAndBlueAlikeAsADataset) {
  for (const std::int64_t side : {2, 8}) {
    const Dataset dataset = load_dataset("MNIST", data_, {}, {side, false});
    EXPECT_EQ(dataset.info.name, "mnist");
    EXPECT_EQ(dataset.train.labels, (std::vector<std::uint16_t>{0, 9, 4}));
    EXPECT_EQ(dataset.test.labels, std::vector<std::uint16_t>{5});
    EXPECT_EQ(dataset.class_names.size(), 10U);
    EXPECT_EQ(dataset.file_sha256.size(), 4U);
    const Bytes image = dataset.test.pixels(0, 1);
    const std::size_t plane = static_cast<std::size_t>(side * side);
    ASSERT_EQ(image.size(), 3 * plane);
    for (std::size_t i = 0; i < plane; ++i)
      for (const std::size_t c : {1, 2}) ASSERT_EQ(image[c * plane + i], image[i]);
    if (side == 2) {
      EXPECT_EQ(Bytes(image.begin(), image.begin() + 4), (Bytes{255, 0, 128, 7}));
    }
    EXPECT_EQ(image[0], 255);
    EXPECT_EQ(image[plane - 1], 7);
  }
  EXPECT_NE(load_dataset("mnist", data_).sha256, "");
}

}  // namespace
}  // namespace packrat
