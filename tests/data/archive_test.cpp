#include "engine/data/archive.h"

#include <gmock/gmock.h>

#include "engine/core/interrupt.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_archive.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::map<std::string, std::int64_t> kWanted{{"a.bin", 10}, {"b.bin", 3000000}};

TEST(Archive, TakesTheWantedFilesFromEveryFormatAtAnyDepth) {
  const std::string big(2500000, 'b');
  for (const std::string ending : {"tar", "tar.gz", "tgz", "tar.xz", "tar.bz2", "zip"}) {
    SCOPED_TRACE(ending);
    TempFolder temp;
    make_archive(temp / ("x." + ending),
                 {{"a.bin", "0123456789", ""}, {"deep/er/b.bin", big, ""}, {"deep/other", "x", ""}});
    EXPECT_THAT(extract_files(temp / ("x." + ending), kWanted, temp / "out"), ElementsAre("a.bin", "b.bin"));
    EXPECT_THAT(tree(temp / "out"), ElementsAre("a.bin", "b.bin"));
    EXPECT_EQ(read_text(temp / "out/b.bin"), big);
  }
}

TEST(Archive, AFolderInWhichItWasUnpackedServesAsWell) {
  TempFolder temp;
  write_text(temp / "x/deep/a.bin", "0123456789");
  write_text(temp / "x/b.bin", "b");
  write_text(temp / "x/other", "x");
  EXPECT_THAT(extract_files(temp / "x", kWanted, temp / "out"), ElementsAre("a.bin", "b.bin"));
  EXPECT_THAT(tree(temp / "out"), ElementsAre("a.bin", "b.bin"));
  EXPECT_EQ(read_text(temp / "out/a.bin"), "0123456789");
  write_text(temp / "x/again/b.bin", "b");
  EXPECT_THAT(user_error([&] { extract_files(temp / "x", kWanted, temp / "out2"); }),
              HasSubstr("b.bin twice"));
  fs::remove_all(temp / "x/again");
  write_text(temp / "x/deep/a.bin", "0123456789+");
  EXPECT_THAT(user_error([&] { extract_files(temp / "x", kWanted, temp / "out3"); }), HasSubstr("10 bytes"));
}

TEST(Archive, WritesNowhereElse) {
  TempFolder temp;
  make_archive(temp / "x.tar",
               {{"../../../a.bin", "evil", ""}, {"/tmp/../b.bin", "evil", ""}, {"../c.bin", "evil", ""}});
  extract_files(temp / "x.tar", kWanted, temp / "in/out");
  EXPECT_THAT(tree(temp.path()), ElementsAre("in", "in/out", "in/out/a.bin", "in/out/b.bin", "x.tar"));
}

TEST(Archive, LeavesOutLinks) {
  TempFolder temp;
  write_text(temp / "secret", "secret");
  make_archive(temp / "x.tar", {{"a.bin", "", (temp / "secret").string()}, {"b.bin", "b", ""}});
  EXPECT_THAT(extract_files(temp / "x.tar", kWanted, temp / "out"), ElementsAre("b.bin"));
}

TEST(Archive, RejectsAFileAboveItsSize) {
  TempFolder temp;
  make_archive(temp / "x.tar.gz", {{"a.bin", "0123456789+", ""}});
  EXPECT_THAT(user_error([&] { extract_files(temp / "x.tar.gz", kWanted, temp / "out"); }),
              AllOf(HasSubstr("a.bin"), HasSubstr("10 bytes")));
  EXPECT_THAT(tree(temp / "out"), ElementsAre());
}

TEST(Archive, RejectsANameThatComesTwice) {
  TempFolder temp;
  make_archive(temp / "x.tar", {{"1/a.bin", "1", ""}, {"2/a.bin", "2", ""}});
  EXPECT_THAT(user_error([&] { extract_files(temp / "x.tar", kWanted, temp / "out"); }),
              HasSubstr("a.bin twice"));
}

TEST(Archive, RejectsWhatIsNoArchive) {
  TempFolder temp;
  write_text(temp / "text", "Dear sir or madam");
  write_text(temp / "noise", std::string(5000, '\x93'));
  for (const std::string name : {"text", "noise", "absent"})
    EXPECT_THAT(user_error([&] { extract_files(temp / name, kWanted, temp / "out"); }), HasSubstr(name));
}

TEST(Archive, SurvivesTruncationAndDamageAnywhere) {
  TempFolder temp;
  Rng rng(5);
  std::string noise;
  for (int i = 0; i < 20000; ++i) noise += static_cast<char>(rng.below(256));
  for (const std::string ending : {"tar", "tar.gz", "tar.xz", "zip"}) {
    const fs::path path = temp / ("x." + ending);
    make_archive(path, {{"d/a.bin", "0123456789", ""}, {"d/b.bin", noise, ""}});
    const std::string whole = read_text(path);
    for (int trial = 0; trial < 60; ++trial) {
      std::string bytes = whole;
      if (trial % 2 == 0)
        bytes.resize(rng.below(whole.size()));
      else
        bytes[rng.below(whole.size())] ^= static_cast<char>(1 + rng.below(255));
      write_text(path, bytes);
      try {
        extract_files(path, kWanted, temp / "out");
      } catch (const UserError&) {
        // Told. Damage that an archive cannot tell is found by the digests later.
      }
    }
  }
}

TEST(Archive, StopsWhenAskedTo) {
  TempFolder temp;
  make_archive(temp / "x.tar", {{"a.bin", "0123456789", ""}});
  const ProgressFn stop = [](std::string_view, std::int64_t, std::int64_t) { stop_requested() = true; };
  EXPECT_THROW(extract_files(temp / "x.tar", kWanted, temp / "out", stop), Interrupted);
  stop_requested() = false;
}

}  // namespace
}  // namespace packrat::testing_data
