#include "engine/data/dataset.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "engine/core/files.h"
#include "engine/data/check.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// The toy set as somebody would have put it there: no manifest.
class ToyInPlace : public ::testing::Test {
 protected:
  ToyInPlace() { write_toy_files(info, folder); }

  std::string load_error() {
    return user_error([&] { load_dataset(info, data.path()); });
  }
  /// Flips one bit of a byte and leaves size and, if asked, the time of modification as they were.
  void flip(const std::string& name, std::int64_t at, bool keep_time) {
    const auto before = fs::last_write_time(folder / name);
    std::fstream file(folder / name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
    file.close();
    fs::last_write_time(folder / name, keep_time ? before : before + std::chrono::seconds(1));
  }

  TempFolder data;
  DatasetInfo info = toy_info();
  fs::path folder = data / info.folder;
};

TEST(DatasetTable, FindsEveryRowInAnyCase) {
  for (const DatasetInfo& info : datasets()) {
    EXPECT_EQ(&find_dataset(info.name), &info);
    EXPECT_EQ(&find_dataset(info.display_name), &info);
  }
}

TEST(DatasetTable, ListsTheNamesWhenOneIsUnknown) {
  const std::string message = user_error([] { find_dataset("emnist"); });
  EXPECT_THAT(message, HasSubstr("'emnist'"));
  for (const DatasetInfo& info : datasets()) EXPECT_THAT(message, HasSubstr(info.name));
}

TEST(DatasetTable, EveryRowIsComplete) {
  for (const DatasetInfo& info : datasets()) {
    SCOPED_TRACE(info.name);
    EXPECT_TRUE(info.class_names.empty() || static_cast<int>(info.class_names.size()) == info.classes);
    std::int64_t train = 0;
    std::int64_t test = 0;
    for (const RecordFile& file : info.files) (file.split == Split::kTrain ? train : test) += file.records;
    EXPECT_EQ(train, info.name == "tinyimagenet" ? 100000 : 50000);
    EXPECT_EQ(test, 10000);
    for (int c = 0; c < kImageChannels; ++c) {
      EXPECT_TRUE(info.mean[c] > 0.35F && info.mean[c] < 0.6F);
      EXPECT_TRUE(info.std[c] > 0.15F && info.std[c] < 0.3F);
    }
    EXPECT_EQ(info.archive_md5.size(), 32U);
  }
}

TEST(SmallDataset, LoadsUnderTheNameOfEveryRow) {
  for (const DatasetInfo& info : datasets()) {
    SCOPED_TRACE(info.name);
    TempFolder data;
    write_small_dataset(info, data.path(), 3);
    const Dataset dataset = load_dataset(info.name, data.path());
    EXPECT_EQ(dataset.train.count() + dataset.test.count(), 3 * static_cast<std::int64_t>(info.files.size()));
    EXPECT_EQ(static_cast<int>(dataset.class_names.size()), info.classes);
  }
}

TEST_F(ToyInPlace, ReadsImagesAndLabelsInFileOrder) {
  for (const int label_bytes : {1, 2}) {
    info.label_bytes = label_bytes;
    fs::remove_all(folder);
    write_toy_files(info, folder);
    const Dataset dataset = load_dataset(info, data.path());
    EXPECT_EQ(dataset.info.name, info.name);
    EXPECT_EQ(dataset.train.labels, (std::vector<std::uint16_t>{0, 1, 2, 3, 0, 1, 1, 2, 3, 0, 1, 2}));
    EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{2, 3, 0, 1, 2}));
    Rng rng = Rng(1).fork("two.bin");
    for (std::int64_t i = 6; i < 12; ++i) {
      const std::vector<std::uint8_t> image = dataset.train.pixels(i, 1);
      EXPECT_EQ(image, small_image(dataset.train.labels[i], rng)) << "image " << i;
    }
  }
}

TEST_F(ToyInPlace, TakesClassNamesFromTheFileElseTheTableElseNumbers) {
  EXPECT_EQ(load_dataset(info, data.path()).class_names[2], "cat");
  info.class_names.clear();
  EXPECT_EQ(load_dataset(info, data.path()).class_names[2], "class 2");
  write_text(folder / "names.txt", "owl\npig\r\nrat\nyak\n\n");
  EXPECT_EQ(load_dataset(info, data.path()).class_names,
            (std::vector<std::string>{"owl", "pig", "rat", "yak"}));
}

TEST_F(ToyInPlace, RejectsAWrongNumberOfClassNames) {
  write_text(folder / "names.txt", "owl\npig\n");
  EXPECT_THAT(load_error(),
              AllOf(HasSubstr("names.txt"), HasSubstr("2 class names"), HasSubstr("4 classes")));
}

TEST_F(ToyInPlace, HashesTheFilesAndTheirOrder) {
  const Dataset dataset = load_dataset(info, data.path());
  std::set<std::string> hashes{dataset.sha256};
  for (const RecordFile& file : info.files) {
    EXPECT_EQ(dataset.file_sha256.at(file.name), sha256_of_file(folder / file.name));
    hashes.insert(dataset.file_sha256.at(file.name));
  }
  write_text(folder / "names.txt", "owl\npig\nrat\nyak\n");
  EXPECT_EQ(load_dataset(info, data.path()).sha256, dataset.sha256) << "names are not data";
  fs::rename(folder / "one.bin", folder / "swap");
  fs::rename(folder / "two.bin", folder / "one.bin");
  fs::rename(folder / "swap", folder / "two.bin");
  fs::remove(folder / kManifestName);
  hashes.insert(load_dataset(info, data.path()).sha256);
  EXPECT_EQ(hashes.size(), 5U);
}

TEST_F(ToyInPlace, NamesTheCommandWhenTheFolderOrAFileIsMissing) {
  fs::remove(folder / "two.bin");
  EXPECT_THAT(load_error(),
              AllOf(HasSubstr("two.bin is missing"), HasSubstr("packrat data get toy --data_dir")));
  fs::remove_all(folder);
  EXPECT_THAT(load_error(), AllOf(HasSubstr(folder.string()), HasSubstr("packrat data get toy --data_dir")));
}

TEST_F(ToyInPlace, RejectsAFileInPlaceOfTheFolderAndAFolderInPlaceOfAFile) {
  fs::remove(folder / "one.bin");
  fs::create_directory(folder / "one.bin");
  EXPECT_THAT(load_error(), HasSubstr("one.bin"));
  fs::remove_all(folder);
  write_text(folder, "not a folder");
  EXPECT_THAT(load_error(), AllOf(HasSubstr(folder.string()), HasSubstr("Not a directory")));
}

TEST_F(ToyInPlace, RejectsAFolderThatMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  ::chmod(folder.c_str(), 0);
  EXPECT_THAT(load_error(), AllOf(HasSubstr(folder.string()), HasSubstr("Permission denied")));
  ::chmod(folder.c_str(), 0755);
}

TEST_F(ToyInPlace, LoadsFromAFolderThatMayNotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everything";
  ::chmod(folder.c_str(), 0555);
  EXPECT_EQ(load_dataset(info, data.path()).train.count(), 12);
  EXPECT_FALSE(fs::exists(folder / kManifestName));
  ::chmod(folder.c_str(), 0755);
}

TEST_F(ToyInPlace, RejectsEveryWrongSize) {
  const std::int64_t whole = 6 * info.record_bytes();
  for (const std::int64_t size :
       {std::int64_t{0}, info.record_bytes(), whole - 1, whole + 1, whole + info.record_bytes()}) {
    fs::resize_file(folder / "two.bin", static_cast<std::uintmax_t>(size));
    EXPECT_THAT(load_error(), AllOf(HasSubstr("two.bin"), HasSubstr(std::to_string(size) + " bytes"),
                                    HasSubstr(std::to_string(whole)), HasSubstr("packrat data get")));
  }
}

TEST_F(ToyInPlace, NamesRecordAndRangeOfALabelOutOfRange) {
  for (const int label : {4, 255}) {
    std::fstream file(folder / "two.bin", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(3 * info.record_bytes());
    file.put(static_cast<char>(label));
    file.close();
    EXPECT_THAT(load_error(), AllOf(HasSubstr("two.bin"), HasSubstr("record 3"),
                                    HasSubstr(std::to_string(label)), HasSubstr("0 to 3")));
    EXPECT_FALSE(fs::exists(folder / kManifestName)) << "what is wrong must not be recorded";
  }
}

TEST_F(ToyInPlace, DetectsAnAlteredByte) {
  load_dataset(info, data.path());
  flip("test.bin", 2 * info.record_bytes() + 100, false);
  EXPECT_THAT(load_error(),
              AllOf(HasSubstr("test.bin"), HasSubstr("altered"), HasSubstr("packrat data get")));
}

TEST_F(ToyInPlace, TrustsSizeAndTimeWhenLoadingButNotWhenVerifying) {
  load_dataset(info, data.path());
  flip("test.bin", 100, true);
  EXPECT_NO_THROW(load_dataset(info, data.path()));
  const VerifyReport report = verify_dataset(info, data.path());
  EXPECT_FALSE(report.ok());
  for (const FileReport& file : report.files)
    EXPECT_EQ(file.problem.empty(), file.name != "test.bin") << file.name;
}

TEST_F(ToyInPlace, RecordsATouchedFileAnew) {
  load_dataset(info, data.path());
  fs::last_write_time(folder / "one.bin", fs::last_write_time(folder / "one.bin") + std::chrono::seconds(9));
  const auto before = read_manifest(folder)->files.at("one.bin");
  load_dataset(info, data.path());
  const auto after = read_manifest(folder)->files.at("one.bin");
  EXPECT_EQ(after.mtime_ns, before.mtime_ns + 9000000000);
  EXPECT_EQ(after.sha256, before.sha256);
}

TEST_F(ToyInPlace, HoldsUnrecordedFilesAgainstTheOfficialDigest) {
  info.files[1].sha256 = sha256_of_file(folder / "two.bin");
  EXPECT_NO_THROW(load_dataset(info, data.path()));
  EXPECT_TRUE(verify_dataset(info, data.path()).files[1].official);
  fs::remove(folder / kManifestName);
  flip("two.bin", 5, false);
  EXPECT_THAT(load_error(), AllOf(HasSubstr("two.bin"), HasSubstr("official"),
                                  HasSubstr(info.files[1].sha256.substr(0, 12))));
}

TEST_F(ToyInPlace, RejectsADamagedManifest) {
  for (const std::string text :
       {"", "{", "[]", "{\"source\": 3, \"files\": {}}", "{\"source\": \"x\", \"files\": {\"one.bin\": 7}}",
        "{\"source\": \"x\", \"files\": {\"one.bin\": {\"sha256\": \"0\"}}}"}) {
    write_text(folder / kManifestName, text);
    EXPECT_THAT(load_error(), AllOf(HasSubstr(kManifestName), HasSubstr("delete it"))) << text;
  }
}

TEST_F(ToyInPlace, VerifyReportsEveryFile) {
  write_text(folder / "more.txt", "coarse names");
  fs::resize_file(folder / "one.bin", 10);
  fs::remove(folder / "test.bin");
  const VerifyReport report = verify_dataset(info, data.path());
  ASSERT_EQ(report.files.size(), 4U);
  EXPECT_THAT(report.files[0].problem, HasSubstr("10 bytes"));
  EXPECT_EQ(report.files[1].problem, "");
  EXPECT_EQ(report.files[1].records, 6);
  EXPECT_EQ(report.files[1].sha256, sha256_of_file(folder / "two.bin"));
  EXPECT_THAT(report.files[2].problem, HasSubstr("missing"));
  EXPECT_EQ(report.files[3].name, "more.txt");
}

}  // namespace
}  // namespace packrat::testing_data
