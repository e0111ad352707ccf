#include "engine/studies/roofline/machine/timed_part.h"

#include <gmock/gmock.h>

#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "tests/data/expect_error.h"
#include "tests/studies/roofline/example_machine.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(TimedPart, IsAFractionOfWhatArithmeticAndMemoryAllow) {
  const TimedPart part = example_part(example_machine());
  // A large batch in float32 is bound by the 200 GOP/s of both threads.
  EXPECT_FALSE(part.roof.memory_bound);
  EXPECT_NEAR(part.roof.inputs_per_second, 200 / part.roof.gop, 1e-6);
  EXPECT_NEAR(part.fraction(), part.gops() / 200, 1e-12);
  // One image reads all weights for itself: with 10 GB/s that bounds it.
  const Prediction alone = part_roof({"resnet34-encoder-3", Precision::kFp32, 1, 1}, example_machine());
  EXPECT_TRUE(alone.memory_bound);
  EXPECT_LT(alone.ops_per_byte, part.roof.ops_per_byte);
}

TEST(TimedPart, IsStoredAndReadBackWithTheRoofsOfTheProfile) {
  const TempFolder folder;
  MachineProfile machine = example_machine();
  const TimedPart part = example_part(machine);
  write_timings({part}, machine, folder / "timings.json");
  machine.arithmetic[2].gops.best *= 2;  // measured again, when it was idle
  const std::vector<TimedPart> read = read_timings(folder / "timings.json", machine);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].how.network, part.how.network);
  EXPECT_EQ(read[0].how.batch, part.how.batch);
  EXPECT_EQ(read[0].how.threads, part.how.threads);
  EXPECT_EQ(read[0].inputs_per_second, part.inputs_per_second);
  EXPECT_EQ(read[0].median_inputs_per_second, part.median_inputs_per_second);
  EXPECT_EQ(read[0].cpu_share, part.cpu_share);
  EXPECT_NEAR(read[0].fraction(), part.fraction() / 2, 1e-12);
}

TEST(TimedPart, OfAnotherMachineOrADamagedFileIsRefused) {
  const TempFolder folder;
  const MachineProfile machine = example_machine();
  EXPECT_THAT(user_error([&] { read_timings(folder / "none.json", machine); }), HasSubstr("--measure"));
  for (const char* text : {"", "[]", R"({"cpu": "made up"})", R"({"cpu": "made up", "parts": [{}]})"}) {
    write_file_atomically(folder / "bad.json", [&](std::ostream& out) { out << text; });
    EXPECT_THAT(user_error([&] { read_timings(folder / "bad.json", machine); }), HasSubstr("time again"))
        << text;
  }
  write_timings({}, machine, folder / "timings.json");
  MachineProfile other = machine;
  other.cpu = "another";
  EXPECT_THAT(user_error([&] { read_timings(folder / "timings.json", other); }), HasSubstr("another"));
}

TEST(TimedPart, LiesBesideTheProfile) {
  EXPECT_EQ(timings_file_beside("/cache/packrat/machine.json"), "/cache/packrat/timings.json");
}

}  // namespace
}  // namespace packrat
