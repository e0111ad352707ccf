#include "engine/core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ostream>

#include "engine/core/interrupt.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void put(const std::filesystem::path& path, const std::string& text) {
  write_file_atomically(path, [&](std::ostream& out) { out << text; });
}

TEST(AtomicFile, HoldsWhatWasWrittenAndNothingElseIsLeft) {
  const TempFolder folder;
  put(folder / "a", "first");
  put(folder / "a", "second");
  EXPECT_EQ(read_text(folder / "a"), "second");
  EXPECT_EQ(names_in(folder / ""), std::vector<std::string>{"a"});
}

TEST(AtomicFile, CreatesParentFolders) {
  const TempFolder folder;
  put(folder / "b/c/d", "deep");
  EXPECT_EQ(read_text(folder / "b/c/d"), "deep");
}

TEST(AtomicFile, KeepsTheOldFileAndLeavesNothingWhenTheWriterThrows) {
  const TempFolder folder;
  put(folder / "a", "old");
  EXPECT_THROW(write_file_atomically(folder / "a",
                                     [](std::ostream& out) {
                                       out << "half a new";
                                       throw std::runtime_error("broke off");
                                     }),
               std::runtime_error);
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_EQ(names_in(folder / ""), std::vector<std::string>{"a"});
}

TEST(AtomicFile, IsAUserErrorWhereAFolderIsInTheWay) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "a/inside");
  EXPECT_THAT(user_error([&] { put(folder / "a", "x"); }), HasSubstr((folder / "a").string()));
  EXPECT_EQ(names_in(folder / ""), std::vector<std::string>{"a"});
  put(folder / "file", "x");
  EXPECT_THAT(user_error([&] { put(folder / "file/below", "x"); }), HasSubstr((folder / "file").string()));
}

TEST(AtomicFile, IsAUserErrorInAFolderThatCannotBeWritten) {
  EXPECT_THAT(user_error([] { put("/proc/packrat-test", "x"); }), HasSubstr("/proc/packrat-test"));
}

/// Runs `body` in a child process that may write files of at most `bytes`; its exit code.
template <typename Body>
int with_file_size_limit(rlim_t bytes, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AtomicFile, SurvivesAFullDiskWithTheOldFileInPlace) {
  const TempFolder folder;
  put(folder / "a", "old");
  // 20 000 bytes: more than a stream buffers. 5000: shows only when the file is closed.
  for (const std::size_t size : {20000, 5000}) {
    const int code = with_file_size_limit(4096, [&] {
      try {
        put(folder / "a", std::string(size, 'x'));
        return 1;
      } catch (const UserError& error) {
        return std::string(error.what()).find((folder / "a").string()) != std::string::npos ? 42 : 2;
      }
    });
    EXPECT_EQ(code, 42) << size << " bytes";
    EXPECT_EQ(read_text(folder / "a"), "old");
    EXPECT_EQ(names_in(folder / ""), std::vector<std::string>{"a"});
  }
}

TEST(AtomicFile, KeepsTheModeOfTheFileThatItReplaces) {
  const TempFolder folder;
  for (const mode_t mode : {0600, 0640, 0755}) {
    put(folder / "a", "old");
    ASSERT_EQ(::chmod((folder / "a").c_str(), mode), 0);
    put(folder / "a", "new");
    struct stat info {};
    ASSERT_EQ(::stat((folder / "a").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, mode);
    EXPECT_EQ(read_text(folder / "a"), "new");
  }
}

TEST(AtomicFile, IsWrittenWhereLinksLead) {
  const TempFolder folder;
  put(folder / "far/file", "old");
  std::filesystem::create_symlink("far/file", folder / "link");
  std::filesystem::create_symlink(folder / "link", folder / "link2");
  std::filesystem::create_symlink("far/new", folder / "free");  // leads to nothing yet
  put(folder / "link2", "new");
  put(folder / "free", "first");
  EXPECT_EQ(read_text(folder / "far/file"), "new");
  EXPECT_EQ(read_text(folder / "far/new"), "first");
  for (const char* const link : {"link", "link2", "free"})
    EXPECT_TRUE(std::filesystem::is_symlink(folder / link)) << link;
  EXPECT_EQ(names_in(folder / "far"), (std::vector<std::string>{"file", "new"}));
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_THAT(user_error([&] { put(folder / "loop", "x"); }), HasSubstr((folder / "loop").string()));
}

TEST(AtomicFile, IsNeverPutInPlaceOfADeviceOrAPipe) {
  const TempFolder folder;
  put("/dev/null", "gone");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_THAT(user_error([] { put("/dev/full", "x"); }),
              testing::AllOf(HasSubstr("/dev/full"), HasSubstr("No space left")));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));

  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
  put(folder / "pipe", "through");
  char bytes[16] = {};
  EXPECT_EQ(::read(reader, bytes, sizeof bytes), 7);
  EXPECT_STREQ(bytes, "through");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

TEST(AtomicFile, IsNotWaitedForEverWhenNobodyReadsThePipe) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  stop_requested() = true;  // no ten seconds in a test
  EXPECT_THAT(user_error([&] { put(folder / "pipe", "x"); }), HasSubstr("nobody reads"));
  stop_requested() = false;
}

TEST(AtomicFile, GoesToTheDescriptorThatItsNameStandsFor) {
  const TempFolder folder;
  const int fd = ::open((folder / "a").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::write(fd, "before ", 7), 7);
  put(fmt::format("/dev/fd/{}", fd), "and after");
  ::close(fd);
  EXPECT_EQ(read_text(folder / "a"), "before and after");
  EXPECT_THAT(user_error([&] { put(fmt::format("/proc/self/fd/{}", fd), "x"); }), HasSubstr("/proc/self/fd"));
}

/// Runs `body` in a child process that has no rights of root; its exit code.
template <typename Body>
int without_root(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(3);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AtomicFile, DoesNotReplaceAFileThatMayNotBeWritten) {
  const TempFolder folder;
  ASSERT_EQ(::chmod((folder / "").c_str(), 0777), 0);  // a new file may take its place
  put(folder / "a", "old");
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0444), 0);
  const int code = without_root([&] {
    const std::string written = user_error([&] { put(folder / "a", "x"); }),
                      tried = user_error([&] {
                        check_outputs({{"--out", folder / "a"}});
                      });
    const auto is_denied = [](const std::string& text) {
      return text.find("Permission denied") != std::string::npos;
    };
    return is_denied(written) && is_denied(tried) ? 42 : 1;
  });
  EXPECT_EQ(code, 42);
  EXPECT_EQ(read_text(folder / "a"), "old");
}

TEST(Outputs, GetTheirFoldersAndNothingElse) {
  const TempFolder folder;
  put(folder / "old", "old");
  check_outputs({{"--a", folder / "x/y/a"}, {"--b", folder / "old"}, {"--c", ""}, {"--d", "/dev/null"}});
  EXPECT_EQ(names_in(folder / ""), (std::vector<std::string>{"old", "x"}));
  EXPECT_EQ(names_in(folder / "x/y"), std::vector<std::string>{});
  EXPECT_EQ(read_text(folder / "old"), "old");
}

TEST(Outputs, ThatCannotBeWrittenAreUserErrorsThatNameThem) {
  const TempFolder folder;
  put(folder / "file", "x");
  std::filesystem::create_directory(folder / "dir");
  for (const std::filesystem::path& path :
       {folder / "dir", folder / "dir/", folder / "file/below", std::filesystem::path("/proc/none/x"),
        std::filesystem::path("/proc/x"), folder / std::string(300, 'n')})
    EXPECT_THAT(user_error([&] {
                  check_outputs({{"--out", path}});
                }),
                HasSubstr(path.parent_path().string()))
        << path;
  EXPECT_THAT(user_error([&] { check_outputs({{"--out", folder / "dir"}}); }), HasSubstr("is a folder"));
}

TEST(Outputs, AreDifferentFilesAndNoneIsAnInput) {
  const TempFolder folder;
  put(folder / "in", "x");
  std::filesystem::create_symlink("in", folder / "link");
  const auto refused = [](const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs) {
    return user_error([&] { check_outputs(outputs, inputs); });
  };
  const auto names_both = testing::AllOf(HasSubstr("--first"), HasSubstr("--second"), HasSubstr("same file"));
  EXPECT_THAT(refused({{"--first", folder / "a"}, {"--second", folder / "a"}}, {}), names_both);
  EXPECT_THAT(refused({{"--first", folder / "a"}, {"--second", folder / "b/../a"}}, {}), names_both);
  EXPECT_THAT(refused({{"--first", folder / "in"}, {"--second", folder / "link"}}, {}), names_both);
  EXPECT_THAT(refused({{"--second", folder / "link"}}, {{"--first", folder / "in"}}), names_both);
  check_outputs({{"--first", "/dev/null"}, {"--second", "/dev/null"}});
  check_outputs({{"--first", folder / "a"}, {"--second", folder / "b"}},
                {{"--in", folder / "in"}, {"--none", ""}, {"--missing", folder / "missing"}});
}

TEST(Files, APipeIsRefusedWithoutWaitingForAWriter) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(user_error([&] { read_file(folder / "pipe"); }), HasSubstr("not a regular file"));
}

TEST(Files, ReadBackEveryByte) {
  const TempFolder folder;
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  put(folder / "a", all);
  EXPECT_EQ(read_text(folder / "a"), all);
  EXPECT_EQ(read_file(folder / "a"), std::vector<std::uint8_t>(all.begin(), all.end()));
}

TEST(Files, AnEmptyFileIsEmpty) {
  const TempFolder folder;
  put(folder / "a", "");
  EXPECT_EQ(read_text(folder / "a"), "");
  EXPECT_TRUE(read_file(folder / "a").empty());
  EXPECT_EQ(MappedFile(folder / "a").bytes().size, 0U);
}

TEST(Files, MissingOnesFoldersAndDevicesAreUserErrorsThatNameThem) {
  const TempFolder folder;
  const std::filesystem::path missing = folder / "missing";
  EXPECT_THAT(user_error([&] { MappedFile map(missing); }),
              testing::AllOf(HasSubstr(missing.string()), HasSubstr("No such file")));
  for (const std::filesystem::path& path : {folder / "", std::filesystem::path("/dev/null")})
    EXPECT_THAT(user_error([&] { MappedFile map(path); }),
                testing::AllOf(HasSubstr(path.string()), HasSubstr("not a regular file")));
  for (const std::filesystem::path& path : {missing, folder / ""}) {
    EXPECT_THAT(user_error([&] { sha256_of_file(path); }), HasSubstr(path.string()));
    EXPECT_THAT(user_error([&] { md5_of_file(path); }), HasSubstr(path.string()));
    EXPECT_THAT(user_error([&] { read_file(path); }), HasSubstr(path.string()));
  }
}

TEST(Files, AMappedFileMovesWithItsBytes) {
  const TempFolder folder;
  put(folder / "a", "abc");
  MappedFile first(folder / "a");
  const std::uint8_t* where = first.bytes().data;
  MappedFile second(std::move(first));
  EXPECT_EQ(second.bytes().data, where);
  EXPECT_EQ(first.bytes().data, nullptr);  // NOLINT: a moved-from map is empty
  MappedFile third;
  third = std::move(second);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(third.bytes().data), third.bytes().size), "abc");
}

TEST(Digests, AreThoseOfTheStandardsExamples) {  // FIPS 180-2, appendix B; RFC 1321, appendix A.5
  const TempFolder folder;
  put(folder / "empty", "");
  put(folder / "abc", "abc");
  put(folder / "a", std::string(1000000, 'a'));
  EXPECT_EQ(sha256_of_file(folder / "empty"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of_file(folder / "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of_file(folder / "a"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha1_of_file(folder / "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  // FIPS 180-4's digests of "abc", in base64.
  EXPECT_EQ(integrity_of_file(folder / "abc", "sha256"),
            "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(integrity_of_file(folder / "abc", "sha384"),
            "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn");
  EXPECT_EQ(
      integrity_of_file(folder / "abc", "sha512"),
      "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==");
  EXPECT_EQ(md5_of_file(folder / "empty"), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_of_file(folder / "abc"), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Digests, DoNotDependOnHowTheFileFallsIntoPieces) {  // files are read a mebibyte at a time
  const TempFolder folder;
  put(folder / "a", std::string(1 << 20, 'x'));
  put(folder / "b", std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(sha256_of_file(folder / "a").size(), 64U);
  EXPECT_NE(sha256_of_file(folder / "a"), sha256_of_file(folder / "b"));
  EXPECT_NE(md5_of_file(folder / "a"), md5_of_file(folder / "b"));
}

TEST(Checksum, ChangesWithEveryByteAndNeverWithTheVersion) {
  std::vector<std::uint8_t> bytes(100);
  const auto sum = [&] { return checksum({bytes.data(), bytes.size()}); };
  const std::uint64_t before = sum();
  for (std::uint8_t& byte : bytes) {
    byte ^= 1;
    EXPECT_NE(sum(), before);
    byte ^= 1;
  }
  EXPECT_EQ(checksum(ByteView{}), 0x2d06800538d394c2ULL);  // XXH3's published value for no input, seed 0
}

}  // namespace
}  // namespace packrat
