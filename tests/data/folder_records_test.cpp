#include "engine/data/folder_records.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/data/image_folder.h"
#include "engine/data/record_file.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_pictures.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two classes, red and blue, in formats and sizes of many kinds, train and test apart.
class FolderRecordsTest : public ::testing::Test {
 protected:
  FolderRecordsTest() {
    write_picture(pictures_ / "train/red/1.png", {200, 0, 0});
    write_picture(pictures_ / "train/red/2.bmp", {100, 0, 0}, 32, 32);
    write_picture(pictures_ / "train/blue/1.webp", {0, 0, 200}, 64, 64);
    write_picture(pictures_ / "train/blue/2.ppm", {0, 0, 100}, 5, 9);
    write_picture(pictures_ / "test/red/1.tiff", {150, 0, 0}, 300, 200);
    write_picture(pictures_ / "test/blue/1.jpg", {0, 0, 150});
  }
  Dataset load() { return load_dataset("folder:" + pictures_.path().string(), data_.path(), count_reads()); }
  ProgressFn count_reads() {
    reads_ = 0;
    return [this](std::string_view, std::int64_t, std::int64_t) { ++reads_; };
  }
  fs::path records() { return data_.path() / load().info.folder; }

  TempFolder data_, pictures_;
  int reads_ = 0;
};

TEST_F(FolderRecordsTest, LoadsPicturesOfAnyFormatAndSizeAs32By32Pixels) {
  const Dataset dataset = load();
  EXPECT_EQ(dataset.info.name, "folder:" + pictures_.path().string());
  EXPECT_EQ(dataset.info.display_name, pictures_.path().filename());
  EXPECT_THAT(dataset.class_names, ElementsAre("blue", "red"));
  EXPECT_THAT(dataset.train.labels, ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(dataset.test.labels, ElementsAre(0, 1));
  EXPECT_THAT(dataset.info.train_of_class, ElementsAre(2, 2));
  EXPECT_EQ(dataset.info.images(Split::kTrain), 4);
  const auto red_of = [](const ImageSet& set, std::int64_t i) { return int{set.pixels(i, 1)[500]}; };
  EXPECT_EQ(red_of(dataset.train, 2), 200);
  EXPECT_EQ(red_of(dataset.train, 3), 100);
  EXPECT_EQ(red_of(dataset.test, 1), 150);
  EXPECT_EQ(red_of(dataset.train, 1), 0);
}

TEST_F(FolderRecordsTest, MeanAndDeviationAreThoseOfTheTrainingPixels) {
  const DatasetInfo info = load().info;
  EXPECT_NEAR(info.mean[0], 300.0 / 4 / 255, 1e-6);  // reds 200, 100, 0, 0
  EXPECT_NEAR(info.std[0], std::sqrt(50000.0 / 4 - 75 * 75) / 255, 1e-6);
  EXPECT_EQ(info.mean[1], 0);
  EXPECT_EQ(info.std[1], 1) << "a channel that never changes";
}

TEST_F(FolderRecordsTest, ReadsThePicturesOnceUntilTheyChange) {
  const Dataset first = load();
  EXPECT_EQ(reads_, 6);
  const Dataset second = load();
  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(second.sha256, first.sha256);
  EXPECT_EQ(second.info.mean, first.info.mean);
  EXPECT_EQ(second.info.std, first.info.std);
  EXPECT_EQ(second.train.pixels(), first.train.pixels());
  write_picture(pictures_ / "train/red/3.png", {50, 0, 0});
  const Dataset third = load();
  EXPECT_EQ(reads_, 7);
  EXPECT_EQ(third.train.count(), 5);
  EXPECT_NE(third.sha256, first.sha256);
}

TEST_F(FolderRecordsTest, TheContentAndNotThePlaceDecidesTheDigest) {
  TempFolder other;
  fs::copy(pictures_.path(), other.path(), fs::copy_options::recursive);
  const Dataset there = load_dataset("folder:" + other.path().string(), data_.path());
  EXPECT_EQ(there.sha256, load().sha256);
  EXPECT_NE(there.info.folder, load().info.folder);
}

TEST_F(FolderRecordsTest, DamagedRecordsAreMadeAnew) {
  const Dataset before = load();
  const std::vector<std::uint8_t> pixels = before.train.pixels();
  for (const char* name : {"train.bin", "image_folder.json", "packrat_manifest.json", "class_names.txt"}) {
    write_text(records() / name, "x");
    const Dataset again = load();
    EXPECT_EQ(again.train.pixels(), pixels) << name;
    EXPECT_EQ(again.class_names, before.class_names) << name;
    fs::remove(records() / name);
    EXPECT_EQ(load().train.pixels(), pixels) << name;
  }
}

TEST_F(FolderRecordsTest, EverySizeHasRecordsOfItsOwn) {
  const std::string name = "folder:" + pictures_.path().string(), usual = load().info.folder;
  std::set<std::string> folders{usual}, digests{load().sha256};
  for (const ImageForm& form : {ImageForm{64, false}, ImageForm{64, true}, ImageForm{32, true}}) {
    const Dataset dataset = load_dataset(name, data_.path(), count_reads(), form);
    EXPECT_EQ(reads_, 6);
    folders.insert(dataset.info.folder);
    digests.insert(dataset.sha256);
    EXPECT_EQ(fs::file_size(data_ / dataset.info.folder / "train.bin"),
              4U * (2 + 3 * static_cast<std::uintmax_t>(form.plane_bytes())));
    EXPECT_EQ(dataset.train.form(), form);
    EXPECT_EQ(dataset.train.pixels(2, 1).front(), 200);
    EXPECT_NEAR(dataset.info.mean[0], 300.0 / 4 / 255, 1e-6);
    load_dataset(name, data_.path(), count_reads(), form);
    EXPECT_EQ(reads_, 0) << form.suffix();
  }
  EXPECT_EQ(folders.size(), 4U);
  EXPECT_EQ(load().info.folder, usual);
}

TEST_F(FolderRecordsTest, ABrokenPictureIsNamedAndOlderRecordsStay) {
  const fs::path folder = records();
  const std::string before = sha256_of_file(folder / "train.bin");
  write_text(pictures_ / "train/red/broken.png", "no picture at all");
  EXPECT_THAT(user_error([&] { load(); }),
              AllOf(HasSubstr((pictures_ / "train/red/broken.png").string()), HasSubstr("PNG")));
  EXPECT_EQ(sha256_of_file(folder / "train.bin"), before);
}

TEST_F(FolderRecordsTest, APictureThatChangesWhileTheyAreReadIsToldAndOlderRecordsStay) {
  const fs::path folder = records(), changed = pictures_ / "train/red/2.bmp";
  const std::string before = sha256_of_file(folder / "train.bin");
  write_picture(pictures_ / "train/red/3.png", {50, 0, 0});
  const ProgressFn change = [&](std::string_view, std::int64_t, std::int64_t) {
    write_picture(changed, {0, 250, 0}, 40, 40);
  };
  EXPECT_THAT(user_error([&] { load_dataset("folder:" + pictures_.path().string(), data_.path(), change); }),
              AllOf(HasSubstr(pictures_.path().string()), HasSubstr("changed while it was read")));
  EXPECT_EQ(sha256_of_file(folder / "train.bin"), before);
  EXPECT_EQ(load().train.labels.size(), 5U);
}

TEST_F(FolderRecordsTest, AnInterruptionLeavesNothingBehind) {
  stop_requested() = true;
  EXPECT_THROW(load(), Interrupted);
  stop_requested() = false;
  EXPECT_FALSE(fs::exists(data_ / "folders"));
}

TEST(WideLabels, OfTwoBytesAreReadBackAndCheckedAgainstTheClasses) {
  TempFolder data;
  DatasetInfo info = toy_info(2);
  info.label_width = 2;
  info.classes = 300;
  info.class_names.clear();
  info.files = {{"train.bin", Split::kTrain, 2, "", "", ""}, {"test.bin", Split::kTest, 1, "", "", ""}};
  const std::vector<std::uint8_t> image(kImageBytes, 9);
  const auto write = [&](const char* name, const std::vector<int>& labels) {
    fs::create_directories(data / info.folder);
    std::ofstream out(data / info.folder / name, std::ios::binary);
    for (const int label : labels) write_record(info, label, image.data(), out);
  };
  write("train.bin", {299, 3});
  write("test.bin", {256});
  const Dataset dataset = load_dataset(info, data.path());
  EXPECT_THAT(dataset.train.labels, ElementsAre(299, 3));
  EXPECT_THAT(dataset.test.labels, ElementsAre(256));
  fs::remove(data / info.folder / "packrat_manifest.json");
  write("test.bin", {300});
  EXPECT_THAT(user_error([&] { load_dataset(info, data.path()); }), HasSubstr("label 300"));
}

}  // namespace
}  // namespace packrat::testing_data
