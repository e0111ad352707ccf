#include "engine/core/file_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

class FileLocks : public ::testing::Test {
 protected:
  FileLocks() { fs::remove_all(folder_); }
  ~FileLocks() override {
    stop_requested() = false;
    fs::remove_all(folder_);
  }
  const fs::path folder_ = fs::path(testing::TempDir()) / "packrat_file_lock_test";
  const fs::path file_ = folder_ / "made" / "one.lock";
};

TEST_F(FileLocks, LetOnePastAtATimeAndLeaveNoFile) {
  std::atomic<int> inside{0}, most{0};
  std::vector<std::thread> all;
  for (int i = 0; i < 6; ++i)
    all.emplace_back([&] {
      const FileLock lock(file_);
      most = std::max<int>(most, ++inside);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      --inside;
    });
  for (std::thread& one : all) one.join();
  EXPECT_EQ(most, 1);
  EXPECT_TRUE(fs::is_empty(file_.parent_path()));
}

TEST_F(FileLocks, OfAKilledProcessAreFree) {
  const pid_t holder = ::fork();
  if (holder == 0) {
    const FileLock lock(file_);
    ::pause();
    ::_exit(0);
  }
  while (!fs::exists(file_)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_NO_THROW(FileLock{file_});
}

TEST_F(FileLocks, AreNotWaitedForOnceAStopIsRequested) {
  const FileLock held(file_);
  stop_requested() = true;
  EXPECT_THROW(FileLock{file_}, Interrupted);
}

TEST_F(FileLocks, ThatAreHeldCanBeRefusedWithTheProcessThatHasThem) {
  {
    const FileLock held(file_);
    EXPECT_THAT(testing_data::user_error([&] { FileLock(file_, refuse_while_held("runs/a")); }),
                testing::AllOf(testing::HasSubstr(std::to_string(::getpid())), testing::HasSubstr("runs/a")));
  }
  EXPECT_NO_THROW(FileLock(file_, refuse_while_held("runs/a")));
}

TEST_F(FileLocks, OfAKilledProcessAreNotRefused) {
  const pid_t holder = ::fork();
  if (holder == 0) {
    const FileLock lock(file_);
    ::pause();
    ::_exit(0);
  }
  while (!fs::exists(file_) || fs::is_empty(file_)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_THAT(testing_data::user_error([&] { FileLock(file_, refuse_while_held("runs/a")); }),
              testing::HasSubstr(std::to_string(holder)));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_NO_THROW(FileLock(file_, refuse_while_held("runs/a")));
}

TEST_F(FileLocks, ThatCannotBeMadeAreRefused) {
  try {
    FileLock(fs::path("/proc/no_such_folder/a.lock"));
    FAIL() << "locked";
  } catch (const UserError& error) {  // names what could not be made
    EXPECT_EQ(std::string(error.what()).rfind("cannot create folder /proc/no_such_folder: ", 0), 0U)
        << error.what();
  }
}

}  // namespace
}  // namespace packrat
