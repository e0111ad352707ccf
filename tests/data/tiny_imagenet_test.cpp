#include "engine/data/tiny_imagenet.h"

#include <gmock/gmock.h>

#include "engine/data/fetch.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_pictures.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two classes in the official layout, with one training and one validation picture each, of different sizes
/// and formats.
class TinyImageNetTest : public ::testing::Test {
 protected:
  TinyImageNetTest() {
    info.classes = 2;
    write_text(pictures / "wnids.txt", "n02\nn01\n");
    write_text(pictures / "words.txt", "n01\tgoldfish, Carassius auratus\nn02\ttailed frog\nn03\tnot here\n");
    write_text(pictures / "val/val_annotations.txt",
               "val_0.JPEG\tn02\t0\t0\t62\t62\nval_1.JPEG\tn01\t0\t0\t9\t9\n");
    picture("train/n01/images/n01_0", ".png", {200, 0, 0}, 64);
    picture("train/n02/images/n02_0", ".bmp", {0, 0, 100}, 20);
    picture("val/images/val_0", ".webp", {0, 0, 150}, 64);
    picture("val/images/val_1", ".png", {150, 0, 0}, 32);
  }

  /// The official pictures are called .JPEG, whatever they are: the format is told by the content.
  void picture(const std::string& name, const std::string& format, const cv::Scalar& rgb, int side) const {
    write_picture(pictures / (name + format), rgb, side, side);
    fs::rename(pictures / (name + format), pictures / (name + ".JPEG"));
  }
  GetReport get() const {
    GetOptions options;
    options.from_file = pictures.path();
    return get_dataset(info, data.path(), options);
  }
  std::string get_error() const {
    return user_error([&] { get(); });
  }

  TempFolder data, pictures;
  DatasetInfo info = find_dataset("tinyimagenet");
};

TEST_F(TinyImageNetTest, IsReadFromItsOfficialLayoutInTheOrderOfTheClassIds) {
  get();
  const Dataset dataset = load_dataset(info, data.path());
  EXPECT_THAT(dataset.class_names, ElementsAre("goldfish", "tailed frog"));
  EXPECT_THAT(dataset.train.labels, ElementsAre(0, 1));
  EXPECT_THAT(dataset.test.labels, ElementsAre(0, 1));
  const auto near = [](int value) {
    return ::testing::AllOf(::testing::Ge(value - 4), ::testing::Le(value + 4));
  };
  EXPECT_THAT(int{dataset.train.pixels(0, 1)[500]}, near(200));                    // red
  EXPECT_THAT(int{dataset.train.pixels(1, 1)[2 * kPlaneBytes + 500]}, near(100));  // blue
  EXPECT_THAT(int{dataset.test.pixels(0, 1)[500]}, near(150));
  EXPECT_TRUE(get().already_there);
}

TEST_F(TinyImageNetTest, OfAnyOtherSizeIsReadFromPicturesAsLargeAsTheOfficialOnes) {
  const auto folder_of = [](std::int64_t side) {
    return describe_dataset("tinyimagenet", "", {}, {side, false}).folder;
  };
  EXPECT_EQ(folder_of(32), "tiny-imagenet-200-32x32");
  EXPECT_EQ(folder_of(64), folder_of(224));
  const int classes = info.classes;
  info = describe_dataset("tinyimagenet", data.path(), {}, {96, true});
  info.classes = classes;
  get();
  EXPECT_EQ(fs::file_size(data / "tiny-imagenet-200-64x64/train.bin"), 2 * (1 + 3 * 64 * 64));
  const std::vector<std::uint8_t> image = load_dataset(info, data.path()).train.pixels(0, 1);
  EXPECT_EQ(image.size(), 3U * 96 * 96);
  EXPECT_NEAR(image[48 * 96 + 48], 200, 4);
}

TEST_F(TinyImageNetTest, WhatIsMissingOrStrangeIsNamed) {
  write_text(pictures / "train/n02/images/n02_0.JPEG", "no picture");
  EXPECT_THAT(get_error(), HasSubstr("n02_0.JPEG"));
  fs::remove(pictures / "train/n02/images/n02_0.JPEG");
  EXPECT_THAT(get_error(), HasSubstr("no training pictures of class n02"));
  picture("train/n03/images/n03_0", ".png", {0, 0, 0}, 32);
  EXPECT_THAT(get_error(), HasSubstr("n03"));
  fs::remove(pictures / "wnids.txt");
  EXPECT_THAT(get_error(), HasSubstr("wnids.txt is missing"));
  EXPECT_FALSE(fs::exists(data / info.folder)) << "a failure leaves nothing behind";
}

}  // namespace
}  // namespace packrat::testing_data
