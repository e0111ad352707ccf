#include "engine/sweep/sweep_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/core/error.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(SweepLock, KeepsASecondSweepOutWhileTheFirstOneLives) {
  const testing_data::TempFolder folder;
  {
    const SweepLock lock(folder / "runs", {});
    EXPECT_THAT(user_error([&] { SweepLock second(folder / "runs", {}); }),
                AllOf(HasSubstr("another sweep"), HasSubstr(std::to_string(::getpid()))));
  }
  EXPECT_NO_THROW(SweepLock(folder / "runs", {}));
}

TEST(SweepLock, WaitsForTheWorkersOfAKilledSweep) {
  const testing_data::TempFolder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t sweep = ::fork();
  if (sweep == 0) {
    const SweepLock lock(folder.path(), {});
    if (::fork() == 0) {  // a worker, which inherits the lock and ends half a second later
      ::usleep(500'000);
      ::_exit(0);
    }
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(sweep, SIGKILL);
  ::waitpid(sweep, nullptr, 0);
  int notes = 0;
  const SweepLock lock(folder.path(), [&](const std::string& line) {
    ++notes;
    EXPECT_THAT(line, HasSubstr("waiting for the workers"));
  });
  EXPECT_EQ(notes, 1);
}

}  // namespace
}  // namespace packrat
