#include "engine/data/dataset_name.h"

#include <gmock/gmock.h>

#include "engine/data/dataset.h"
#include "tests/data/expect_error.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(DatasetName, IsTheTablesInWhateverCaseItWasTyped) {
  for (const DatasetInfo& info : datasets()) {
    EXPECT_EQ(dataset_name(info.display_name), info.name);
    EXPECT_EQ(dataset_file_stem(info.display_name), info.name);
    EXPECT_EQ(dataset_display_name(info.name), info.display_name);
    EXPECT_EQ(dataset_display_name(info.display_name), info.display_name);
    EXPECT_EQ(info.file_stem(), info.name);
    EXPECT_FALSE(names_image_folder(info.name));
  }
  EXPECT_EQ(dataset_display_name("cIfAr100"), "CIFAR100");
  EXPECT_EQ(dataset_name("Fashion-MNIST"), "fashion-mnist");
  for (const char* as_typed : {"emnist", "", "folder:pets/", "folder:"})
    EXPECT_EQ(dataset_display_name(as_typed), as_typed);
  EXPECT_THAT(user_error([] { dataset_name("emnist"); }), HasSubstr("folder:DIR"));
}

TEST(DatasetName, OfAFolderIsItsAbsolutePathHoweverItWasTyped) {
  const std::string here = (fs::current_path() / "pets").string();
  for (const char* text : {"folder:pets", "folder:./pets/", "folder:other/../pets", "folder:pets//"})
    EXPECT_EQ(dataset_name(text), "folder:" + here) << text;
  EXPECT_EQ(dataset_name("folder:/x/y"), "folder:/x/y");
  EXPECT_THAT(user_error([] { dataset_name("folder:"); }), HasSubstr("names no folder"));
}

TEST(DatasetName, AFoldersStemFitsIntoAFilesNameAndTellsFoldersOfOneNameApart) {
  for (const char* text : {"folder:/x/pets", "folder:/x/My \"pets\": all|of,them", "folder:/"})
    EXPECT_THAT(dataset_file_stem(text), MatchesRegex("[A-Za-z0-9._-]*-[0-9a-f]{8}")) << text;
  EXPECT_LT(dataset_file_stem("folder:/x/" + std::string(200, 'p')).size(), 60U);
  EXPECT_EQ(dataset_file_stem("folder:/x/pets"), dataset_file_stem("folder:/x/y/../pets/"));
  EXPECT_NE(dataset_file_stem("folder:/x/pets"), dataset_file_stem("folder:/y/pets"));
}

}  // namespace
}  // namespace packrat::testing_data
