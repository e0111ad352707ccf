#include "engine/experiment/run_claim.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ostream>

#include "engine/experiment/run_checkpoint.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

class RunClaims : public SmallRuns {
 protected:
  static RunRecord run(const RunConfig& c) { return run_experiment(c, false, {}); }
};

TEST_F(RunClaims, LetOneRunWorkInAFolder) {
  const RunConfig c = config("locked");
  {
    const RunClaim first(c);
    EXPECT_THAT(
        user_error([&] { RunClaim second(c); }),
        AllOf(HasSubstr("another command"), HasSubstr(std::to_string(::getpid())), HasSubstr("locked")));
    EXPECT_THAT(user_error([&] { run(c); }), HasSubstr("another command"));
    const RunClaim other(config("other"));
  }
  EXPECT_NO_THROW(RunClaim{c});
  EXPECT_FALSE(fs::exists(RunFolder(c).folder)) << "nothing has come into it";
}

TEST_F(RunClaims, OfAKilledRunAreFree) {
  const RunConfig c = config("killed");
  const fs::path lock = RunFolder(c).folder / "run.lock";
  const pid_t holder = ::fork();
  if (holder == 0) {
    const RunClaim claim(c);
    for (;;) ::pause();
  }
  while (!fs::exists(lock)) ::usleep(5000);
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  write_file_atomically(RunFolder(c).folder / "result.json.12.partial", [](std::ostream&) {});
  { const RunClaim next(c); }
  EXPECT_FALSE(fs::exists(RunFolder(c).folder)) << "neither the lock nor the leftover stays";
}

TEST_F(RunClaims, DoNotGiveAwayAFinishedResultToOtherOptions) {
  RunConfig c = config("finished");
  run(c);
  EXPECT_THAT(RunClaim(c).note(), HasSubstr("same options"));
  RunConfig moved = c;  // where a run works changes nothing of it
  moved.threads = 2;
  moved.save_model = (*world_ / "a.model").string();
  EXPECT_THAT(RunClaim(moved).note(), HasSubstr("same options"));

  const std::string before = read_text(RunFolder(c).result);
  RunConfig other = c;
  other.seed = 5;
  EXPECT_THAT(user_error([&] { run(other); }), AllOf(HasSubstr("'seed = 0', here 'seed = 5'"),
                                                     HasSubstr("--overwrite"), HasSubstr("--exp_name")));
  EXPECT_EQ(read_text(RunFolder(c).result), before);
  other.overwrite = true;
  EXPECT_THAT(RunClaim(other).note(), HasSubstr("replaced"));
  run(other);
  EXPECT_EQ(result_of(other).at("config").at("seed"), 5);
}

TEST_F(RunClaims, DoNotGiveAwayACheckpointToOtherOptions) {
  RunConfig c = config("stopped");
  save_checkpoint(RunFolder(c).folder / "checkpoint.safetensors", c, {});
  EXPECT_NO_THROW(RunClaim{c});
  c.seed = 5;
  EXPECT_THAT(user_error([&] { RunClaim claim(c); }),
              AllOf(HasSubstr("other options"), HasSubstr("seed = 5")));
  c.overwrite = true;
  EXPECT_NO_THROW(RunClaim{c});
}

TEST_F(RunClaims, TakeADamagedResultForNone) {
  const RunConfig c = config("damaged");
  for (const char* const text : {"", "{", "[]", "{}", "{\"config\": 3}", "null"}) {
    write_file_atomically(RunFolder(c).result, [&](std::ostream& out) { out << text; });
    EXPECT_EQ(RunClaim(c).note(), "") << text;
  }
  write_file_atomically(RunFolder(c).result,
                        [](std::ostream& out) { out << R"({"imported": {"log": "x"}})"; });
  EXPECT_THAT(user_error([&] { RunClaim claim(c); }), HasSubstr("original program"));
}

TEST_F(RunClaims, RefuseOutputsThatCannotBeWrittenBeforeAnyWork) {
  const std::string data = *world_ / "data", run_folder = *world_ / "runs/outputs";
  fs::create_directories(*world_ / "dir");
  struct Case {
    std::string save_buffer, save_model, what;
  };
  for (const Case& bad : {Case{*world_ / "same", *world_ / "x/../same", "same file"},
                          Case{"", run_folder + "/result.json", "the run's result"},
                          Case{run_folder + "/checkpoint.log", "", "the run's log"},
                          Case{"", config("outputs").weights, "--weights"},
                          Case{data + "/cifar-10-batches-bin/test_batch.bin", "", "data set"},
                          Case{"", data + "/cifar-10-batches-bin/new", "data set"},
                          Case{*world_ / "dir", "", "is a folder"}, Case{"", "/proc/none/x", "/proc/none"}}) {
    RunConfig c = config("outputs");
    c.save_buffer = bad.save_buffer;
    c.save_model = bad.save_model;
    EXPECT_THAT(user_error([&] { run(c); }), HasSubstr(bad.what));
    EXPECT_FALSE(fs::exists(run_folder));
  }
  for (const char* const folder : {"/proc/none", "/dev/null", "/dev/null/x"}) {
    RunConfig c = config("outputs");
    c.log_dir = folder;
    EXPECT_THAT(user_error([&] { run(c); }), AllOf(HasSubstr(folder), HasSubstr("--log_dir")));
  }
}

}  // namespace
}  // namespace packrat
