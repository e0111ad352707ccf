#include <gmock/gmock.h>

#include <cstdlib>
#include <ostream>

#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/studies/roofline/machine/machine_profile.h"
#include "engine/studies/roofline/machine/memory_kernel.h"
#include "engine/studies/roofline/machine/rate_kernel.h"
#include "engine/studies/roofline/machine/together.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using namespace machine;
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(RateKernels, AddUpToExactlyWhatTheyMultiplied) {
  int ran = 0;
  for (const RateKernel& kernel : rate_kernels()) {
    if (!kernel.is_supported()) continue;
    ++ran;
    for (const std::int64_t rounds : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1000}, kMaxRounds})
      EXPECT_EQ(kernel.run(rounds), static_cast<double>(rounds * kernel.macs_per_round))
          << kernel.instructions << ", " << precision_name(kernel.precision) << ", " << rounds;
  }
  EXPECT_GE(ran, 3);
  EXPECT_EQ(best_rate_kernels().size(), 3u);
}

TEST(MemoryKernels, ReadWriteAndCopyEveryWord) {
  constexpr std::int64_t kWords = 5 * kWordsAtOnce;
  alignas(64) std::uint64_t a[kWords + 8], b[kWords + 8];
  for (const MemoryKernels& kernels : memory_kernels()) {
    if (!kernels.is_supported()) continue;
    for (std::int64_t i = 0; i < kWords + 8; ++i) a[i] = static_cast<std::uint64_t>(i) << 33, b[i] = 7;
    EXPECT_EQ(kernels.read(a, kWords), std::uint64_t{kWords * (kWords - 1) / 2} << 33)
        << kernels.instructions;
    kernels.copy(a, b, kWords);
    for (std::int64_t i = 0; i < kWords; ++i) EXPECT_EQ(b[i], a[i]) << kernels.instructions << " " << i;
    EXPECT_EQ(b[kWords], 7u) << kernels.instructions;
    for (const auto store : {kernels.write, kernels.stream}) {
      if (!store) continue;
      store(b, kWords, 0x0123456789abcdefu);
      for (std::int64_t i = 0; i < kWords; ++i) EXPECT_EQ(b[i], 0x0123456789abcdefu) << kernels.instructions;
      EXPECT_EQ(b[kWords], 7u) << kernels.instructions;
      kernels.write(b, kWords, 0);
    }
  }
}

TEST(RunTogether, RunsEachOnce) {
  std::vector<int> runs(5, 0);
  const Elapsed elapsed = run_together(5, [&](int t) { ++runs[static_cast<std::size_t>(t)]; });
  EXPECT_GT(elapsed.seconds, 0);
  EXPECT_GE(elapsed.cpu_share, 0);
  EXPECT_EQ(runs, std::vector<int>(5, 1));
}

MachineOptions quick() {
  return {2, 0.001, 3, std::int64_t{1} << 20};
}

TEST(Machine, IsMeasuredStoredAndReadBack) {
  std::int64_t last = -1, total = 0;
  const MachineProfile profile =
      measure_machine(quick(), [&](std::string_view, std::int64_t done, std::int64_t all) {
        EXPECT_GT(done, last);
        last = done, total = all;
      });
  EXPECT_EQ(last, total);
  EXPECT_EQ(profile.arithmetic.size(), 6u);  // three precisions on one and two threads
  EXPECT_GE(profile.memory.size(), 6u);
  for (const ArithmeticRate& rate : profile.arithmetic) {
    EXPECT_GT(rate.gops.median, 0) << rate.instructions;
    EXPECT_GE(rate.gops.best, rate.gops.median) << rate.instructions;
  }
  const TempFolder folder;
  write_machine(profile, folder / "machine.json");
  const MachineProfile read = read_machine(folder / "machine.json");
  EXPECT_EQ(read.cpu, profile.cpu);
  EXPECT_EQ(read.buffer_bytes, std::int64_t{1} << 20);
  ASSERT_EQ(read.arithmetic.size(), profile.arithmetic.size());
  for (std::size_t i = 0; i < read.arithmetic.size(); ++i) {
    EXPECT_EQ(read.arithmetic[i].gops.best, profile.arithmetic[i].gops.best);
    EXPECT_EQ(read.arithmetic[i].instructions, profile.arithmetic[i].instructions);
  }
  ASSERT_EQ(read.memory.size(), profile.memory.size());
  EXPECT_EQ(read.memory[0].gb_s.median, profile.memory[0].gb_s.median);
}

TEST(Machine, IsAPlatformOfWhatWasMeasured) {
  MachineProfile profile;
  profile.threads = 4;
  profile.arithmetic = {{Precision::kFp32, "x", 1, {100, 90}}, {Precision::kFp32, "x", 4, {400, 300}}};
  profile.memory = {{"read", 1, {10, 9}}, {"write", 4, {50, 40}}, {"read", 4, {30, 20}}};
  const Platform all = machine_platform(profile, 4);
  EXPECT_EQ(all.peak_tops.at(Precision::kFp32), 0.4);
  EXPECT_EQ(all.bandwidth_gb_s, 30);
  EXPECT_EQ(machine_platform(profile, 1).bandwidth_gb_s, 10);
  EXPECT_THAT(user_error([&] { machine_platform(profile, 3); }), HasSubstr("--threads 3"));
}

TEST(Machine, RefusesFilesThatAreNotItsOwn) {
  const TempFolder folder;
  EXPECT_THAT(user_error([&] { read_machine(folder / "none.json"); }), HasSubstr("`packrat machine`"));
  for (const char* text : {"", "{", "[]", R"({"cpu": 3})"}) {
    write_file_atomically(folder / "bad.json", [&](std::ostream& out) { out << text; });
    EXPECT_THAT(user_error([&] { read_machine(folder / "bad.json"); }), HasSubstr("measure again")) << text;
  }
}

TEST(Machine, StopsWhenAskedTo) {
  stop_requested() = true;
  EXPECT_THROW(measure_machine(quick()), Interrupted);
  stop_requested() = false;
}

TEST(Machine, FileLiesInTheUsersCache) {
  const std::string home = std::getenv("HOME") ? std::getenv("HOME") : "";
  setenv("HOME", "/home/me", 1);
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(default_machine_file(), "/home/me/.cache/packrat/machine.json");
  setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(default_machine_file(), "/cache/packrat/machine.json");
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace packrat
