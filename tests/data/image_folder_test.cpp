#include "engine/data/image_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Files whose contents nobody looks at: listing goes by names.
class ImageFolderTest : public ::testing::Test {
 protected:
  void touch(const std::string& path) { write_text(folder_ / path, path); }
  void touch_many(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) touch(prefix + std::to_string(i) + ".png");
  }
  ImageFolder list() const { return list_image_folder(folder_.path()); }
  std::string error() const {
    return user_error([&] { list(); });
  }
  std::map<std::string, Split> splits() const {
    std::map<std::string, Split> all;
    for (const FolderPicture& picture : list().pictures) all[picture.path] = picture.split;
    return all;
  }

  TempFolder folder_;
};

TEST_F(ImageFolderTest, ClassesAreTheFoldersInTheOrderOfTheirNames) {
  for (const char* name : {"dog/", "Cat/", "ant/"}) touch_many(name, 3);
  const ImageFolder listed = list();
  EXPECT_THAT(listed.classes, ElementsAre("Cat", "ant", "dog"));
  for (const FolderPicture& picture : listed.pictures)
    EXPECT_EQ(listed.classes.at(static_cast<std::size_t>(picture.label)), picture.path.substr(0, 3));
}

TEST_F(ImageFolderTest, AClassWhoseNameNoFileCanHoldIsRefusedByName) {
  for (const char* name : {"ant/", "caf\xc3\xa9 noir/"}) touch_many(name, 3);
  EXPECT_THAT(list().classes, ElementsAre("ant", "caf\xc3\xa9 noir"));
  for (const auto& [name, shown] : {std::pair("caf\xe9", "'caf\\xe9'"),
                                    {"two\nlines", "'two\\x0alines'"},
                                    {"tab\tbed", "'tab\\x09bed'"},
                                    {" ", "' '"},
                                    {"blank ", "'blank '"}}) {
    touch_many(std::string(name) + "/", 3);
    EXPECT_THAT(error(), AllOf(HasSubstr(shown), HasSubstr("rename it")));
    fs::remove_all(folder_.path() / name);
  }
}

TEST_F(ImageFolderTest, PicturesOfAnyNameAreTaken) {
  for (const char* path : {"a/caf\xe9.png", "a/2.png", "b/new\nline.png", "b/2.png"}) touch(path);
  EXPECT_EQ(list().pictures.size(), 4U);
}

TEST_F(ImageFolderTest, PicturesAtAnyDepthBelongToTheClassAndEndingsCountInAnyCase) {
  for (const char* path : {"a/1.JPG", "a/deep/er/2.jpeg", "b/1.Png", "b/x/2.webp"}) touch(path);
  const ImageFolder listed = list();
  ASSERT_EQ(listed.pictures.size(), 4U);
  EXPECT_EQ(listed.pictures[1].path, "a/deep/er/2.jpeg");
  EXPECT_EQ(listed.pictures[1].label, 0);
}

TEST_F(ImageFolderTest, OtherFilesAreReportedAsSkippedAndHiddenOnesNotLookedAt) {
  touch_many("a/", 2);
  touch_many("b/", 2);
  for (const char* path : {"a/notes.txt", "readme.md", "top.png", ".DS_Store", "a/._1.png", ".git/x.png"})
    touch(path);
  const ImageFolder listed = list();
  EXPECT_EQ(listed.pictures.size(), 4U);
  EXPECT_THAT(listed.skipped, ElementsAre("a/notes.txt", "readme.md", "top.png"));
  EXPECT_EQ(listed.classes.size(), 2U);
}

TEST_F(ImageFolderTest, TrainAndTestFoldersAreTheSplitsAndValStandsInForTest) {
  for (const char* split : {"train/", "val/"})
    for (const char* name : {"a/", "b/"}) touch_many(std::string(split) + name, 2);
  for (const auto& [path, split] : splits())
    EXPECT_EQ(split == Split::kTest, path.rfind("val/", 0) == 0) << path;
  for (const char* name : {"a/", "b/"}) touch_many(std::string("test/") + name, 2);
  ASSERT_EQ(splits().size(), 8U) << "val is left out when there is a test";
  for (const auto& [path, split] : splits())
    EXPECT_EQ(split == Split::kTest, path.rfind("test/", 0) == 0) << path;
}

TEST_F(ImageFolderTest, ATrainFolderAloneIsAClass) {
  touch_many("train/", 2);
  touch_many("plane/", 2);
  EXPECT_THAT(list().classes, ElementsAre("plane", "train"));
}

TEST_F(ImageFolderTest, AboutOneInSixIsHeldOutAndNewPicturesDoNotChangeThat) {
  for (const char* name : {"a/", "b/", "c/"}) touch_many(name, 100);
  const std::map<std::string, Split> before = splits();
  const auto held =
      std::count_if(before.begin(), before.end(), [](const auto& p) { return p.second == Split::kTest; });
  EXPECT_GT(held, 25);
  EXPECT_LT(held, 75);
  touch_many("a/new", 50);
  touch_many("d/", 3);
  const std::map<std::string, Split> after = splits();
  for (const auto& [path, split] : before) EXPECT_EQ(after.at(path), split) << path;
}

// Fixed by names: pictures held out today must be held out by every later version.
TEST_F(ImageFolderTest, TheHeldOutPicturesAreTheseAlways) {
  std::string held;
  for (int i = 0; i < 30; ++i)
    if (held_out("cats/" + std::to_string(i) + ".png")) held += std::to_string(i) + " ";
  EXPECT_EQ(held, "4 10 19 21 25 ");
}

TEST_F(ImageFolderTest, EveryClassOfTwoPicturesHasOneInEachSplit) {
  for (int c = 0; c < 40; ++c) touch_many("c" + std::to_string(c) + "/", 2);
  std::map<int, int> held;
  for (const FolderPicture& picture : list().pictures) held[picture.label] += picture.split == Split::kTest;
  for (const auto& [label, count] : held) EXPECT_EQ(count, 1) << label;
}

TEST_F(ImageFolderTest, TheDigestFollowsPathsSizesAndTimesOfPicturesOnly) {
  touch_many("a/", 2);
  touch_many("b/", 2);
  const std::string before = list().digest;
  EXPECT_EQ(list().digest, before);
  touch("a/notes.txt");
  EXPECT_EQ(list().digest, before);
  fs::last_write_time(folder_ / "a/0.png",
                      fs::last_write_time(folder_ / "a/0.png") + std::chrono::seconds(1));
  const std::string touched = list().digest;
  EXPECT_NE(touched, before);
  fs::rename(folder_ / "a/0.png", folder_ / "a/7.png");
  EXPECT_NE(list().digest, touched);
}

TEST_F(ImageFolderTest, LinksAreFollowed) {
  TempFolder elsewhere;
  write_text(elsewhere / "x/1.png", "");
  write_text(elsewhere / "x/2.png", "");
  touch_many("a/", 2);
  fs::create_directory_symlink(elsewhere / "x", folder_ / "b");
  EXPECT_THAT(list().classes, ElementsAre("a", "b"));
}

TEST_F(ImageFolderTest, ALinkToAFolderThatHoldsItIsNamed) {
  touch_many("a/", 2);
  touch_many("b/", 2);
  fs::create_directory_symlink("..", folder_ / "a/loop");
  EXPECT_THAT(error(), AllOf(HasSubstr((folder_ / "a/loop").string()), HasSubstr("take it away")));
  fs::remove(folder_ / "a/loop");
  fs::create_directory_symlink("../b", folder_ / "a/other");  // two ways into one folder are no loop
  EXPECT_EQ(list().pictures.size(), 6U);
  fs::create_directory_symlink("../a", folder_ / "b/other");
  EXPECT_THAT(error(), HasSubstr("take it away"));
  fs::remove(folder_ / "b/other");
  fs::create_symlink("itself", folder_ / "a/itself");
  EXPECT_THAT(error(), HasSubstr((folder_ / "a/itself").string()));
}

TEST_F(ImageFolderTest, LinksToPicturesThatAreGoneAreNamedAndCounted) {
  touch_many("a/", 2);
  touch_many("b/", 2);
  fs::create_symlink("/nowhere/notes.txt", folder_ / "b/notes.txt");
  EXPECT_THAT(list().skipped, ElementsAre("b/notes.txt"));
  for (const char* name : {"b/7.png", "b/8.jpg", "b/9.png"}) fs::create_symlink("/nowhere/x", folder_ / name);
  EXPECT_THAT(error(), AllOf(HasSubstr((folder_ / "b/7.png").string()), HasSubstr("2 more")));
}

TEST_F(ImageFolderTest, PipesWithTheNamesOfPicturesAreLeftOut) {
  touch_many("a/", 2);
  touch_many("b/", 2);
  ASSERT_EQ(::mkfifo((folder_ / "a/pipe.png").c_str(), 0600), 0);
  EXPECT_THAT(list().skipped, ElementsAre("a/pipe.png"));
}

TEST_F(ImageFolderTest, TheFolderThatCannotBeReadIsNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  touch_many("a/", 2);
  touch_many("b/deep/", 2);
  fs::permissions(folder_ / "b/deep", fs::perms::none);
  EXPECT_THAT(error(), HasSubstr((folder_ / "b/deep").string()));
  fs::permissions(folder_ / "b/deep", fs::perms::owner_all);
}

TEST_F(ImageFolderTest, WhatIsNoDataSetIsRefusedWithItsReason) {
  EXPECT_THAT(error(), HasSubstr("holds 0 folder(s) of classes"));
  touch_many("only/", 5);
  EXPECT_THAT(error(), HasSubstr("holds 1 folder(s) of classes"));
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(error(), AllOf(HasSubstr("no pictures of class empty"), HasSubstr(".jpg")));
  touch("empty/1.png");
  EXPECT_THAT(error(), HasSubstr("only one picture of class empty"));
  EXPECT_THAT(user_error([&] { list_image_folder(folder_ / "none"); }), HasSubstr("is not a folder"));
  EXPECT_THAT(user_error([&] { list_image_folder(folder_ / "only/0.png"); }), HasSubstr("is not a folder"));
}

TEST_F(ImageFolderTest, BothSplitsNeedPicturesOfEveryClass) {
  for (const char* path : {"train/a/1.png", "train/b/1.png", "test/a/1.png"}) touch(path);
  EXPECT_THAT(error(), HasSubstr("no test pictures of class b"));
  for (const char* path : {"test/b/1.png", "test/c/1.png"}) touch(path);
  EXPECT_THAT(error(), HasSubstr("no training pictures of class c"));
}

TEST_F(ImageFolderTest, Core50sObjectsAreTheClassesAndThreeSessionsTheTest) {
  for (const char* session : {"s1/", "s3/", "s7/", "s10/", "s11/"})
    for (const char* object : {"o1/", "o2/"}) touch_many(std::string(session) + object, 2);
  const ImageFolder listed = list();
  EXPECT_THAT(listed.classes, ElementsAre("o1", "o2"));
  for (const FolderPicture& picture : listed.pictures) {
    const std::string session = picture.path.substr(0, picture.path.find('/'));
    EXPECT_EQ(picture.split == Split::kTest, session == "s3" || session == "s7" || session == "s10");
    EXPECT_EQ(picture.label, picture.path.find("/o2/") == std::string::npos ? 0 : 1);
  }
  touch_many("cats/o1/", 2);  // another layout
  EXPECT_THAT(list().classes, ElementsAre("cats", "s1", "s10", "s11", "s3", "s7"));
}

TEST_F(ImageFolderTest, TinyImageNetsValidationPicturesHaveTheClassesOfTheirList) {
  for (const char* name : {"train/n1/images/", "train/n2/images/", "val/images/v", "test/images/t"})
    touch_many(name, 2);
  touch("train/n1/n1_boxes.txt");
  write_text(folder_ / "val/val_annotations.txt", "v0.png\tn2\t0\t0\t9\t9\nv1.png\tn1\r\n");
  const ImageFolder listed = list();
  EXPECT_THAT(listed.classes, ElementsAre("n1", "n2"));
  ASSERT_EQ(listed.pictures.size(), 6U);
  for (const FolderPicture& picture : listed.pictures) {
    EXPECT_EQ(picture.split == Split::kTest, picture.path[0] == 'v');
    const bool second = picture.path == "val/images/v0.png" || picture.path.find("/n2/") != std::string::npos;
    EXPECT_EQ(picture.label, second ? 1 : 0) << picture.path;
  }
  write_text(folder_ / "val/val_annotations.txt", "v0.png\tn9\nv1.png\tn1\n");
  EXPECT_THAT(error(), AllOf(HasSubstr("val/images/v0.png"), HasSubstr("n9")));
}

}  // namespace
}  // namespace packrat::testing_data
