#include "engine/core/partial.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/files.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using testing_data::user_error;

std::vector<std::string> entries_of(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

/// A process that makes a partial file or folder of `target` and then waits to be killed.
pid_t start_maker(const fs::path& target, Partial::Kind kind) {
  int ready[2];
  if (::pipe(ready) != 0) return -1;
  const pid_t maker = ::fork();
  if (maker == 0) {
    const Partial partial(target, kind);
    if (kind == Partial::Kind::kFolder)
      write_file_atomically(partial.path() / "inside", [](std::ostream&) {});
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  if (::read(ready[0], &byte, 1) != 1) return -1;
  ::close(ready[0]);
  ::close(ready[1]);
  return maker;
}

void kill_maker(pid_t maker) {
  ::kill(maker, SIGKILL);
  ::waitpid(maker, nullptr, 0);
}

TEST(Partials, GoWithTheirObjectUnlessTheyWerePutInPlace) {
  const TempFolder folder;
  for (const auto kind : {Partial::Kind::kFile, Partial::Kind::kFolder}) {
    { const Partial partial(folder / "a", kind); }
    EXPECT_THAT(entries_of(folder / ""), IsEmpty());
    {
      Partial partial(folder / "a", kind);
      partial.put_in_place(folder / "a");
    }
    EXPECT_THAT(entries_of(folder / ""), ElementsAre("a"));
    fs::remove_all(folder / "a");
  }
}

TEST(Partials, OfAKilledProcessAreRemovedByTheNextThatMakesTheSame) {
  const TempFolder folder;
  for (const auto kind : {Partial::Kind::kFile, Partial::Kind::kFolder}) {
    kill_maker(start_maker(folder / "a", kind));
    ASSERT_THAT(entries_of(folder / ""), SizeIs(1));
    { const Partial next(folder / "a", kind); }
    EXPECT_THAT(entries_of(folder / ""), IsEmpty());
  }
}

TEST(Partials, OfAProcessThatLivesAreLeftAlone) {
  const TempFolder folder;
  for (const auto kind : {Partial::Kind::kFile, Partial::Kind::kFolder}) {
    const pid_t maker = start_maker(folder / "a", kind);
    remove_leftovers(folder / "a");
    remove_leftovers_in(folder / "");
    EXPECT_THAT(entries_of(folder / ""), ElementsAre("a." + std::to_string(maker) + ".partial"));
    kill_maker(maker);
    remove_leftovers_in(folder / "");
    EXPECT_THAT(entries_of(folder / ""), IsEmpty());
  }
}

TEST(Partials, AreRecognisedByTheWholeOfTheirName) {
  const TempFolder folder;
  const std::vector<std::string> others{"a.partial",    "a.12x.partial", "a.12.partial.txt", "b.12.partial",
                                        "aa.7.partial", ".12.partial",   "12.partial",       "a.12.part"};
  for (const std::string& name : others) write_file_atomically(folder / name, [](std::ostream&) {});
  for (const char* const name : {"a.12.partial", "a.4194304.partial", "a.12.partial-journal"})
    write_file_atomically(folder / name, [](std::ostream&) {});
  remove_leftovers(folder / "a");
  std::vector<std::string> left = others;
  std::sort(left.begin(), left.end());
  EXPECT_EQ(entries_of(folder / ""), left);
  remove_leftovers_in(folder / "");
  EXPECT_THAT(entries_of(folder / ""), UnorderedElementsAre("a.partial", "a.12x.partial", "a.12.partial.txt",
                                                            ".12.partial", "12.partial", "a.12.part"));
}

TEST(Partials, OfThisProcessGoWhenItEndsWithoutUnwinding) {
  const TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const Partial file(folder / "a", Partial::Kind::kFile), made(folder / "b", Partial::Kind::kFolder);
    remove_own_partials();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(entries_of(folder / ""), IsEmpty());
}

TEST(Partials, ThatCannotBeMadeNameTheirTarget) {
  EXPECT_THAT(user_error([] { Partial("/proc/no_such", Partial::Kind::kFile); }), HasSubstr("/proc/no_such"));
  EXPECT_THAT(user_error([] { Partial("/proc/no_such", Partial::Kind::kFolder); }),
              HasSubstr("/proc/no_such"));
}

}  // namespace
}  // namespace packrat
