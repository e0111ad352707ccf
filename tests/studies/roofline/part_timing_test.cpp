#include "engine/studies/roofline/timing/part_timing.h"

#include <gmock/gmock.h>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/topology/backbone.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

/// Small buffers and short repetitions, but the best of several: the machine may be busy.
const MachineProfile& this_machine() {
  static const MachineProfile profile = measure_machine({2, 0.01, 7, std::int64_t{16} << 20});
  return profile;
}

TimingOptions quick() {
  TimingOptions options;
  options.cuts = {"3"};
  options.seconds = 0.01;
  options.bfloat16 = false;  // without instructions for it a batch takes half a minute
  return options;
}

TEST(PartTiming, TimesEncodersAndHeadsAtEveryLoad) {
  std::int64_t last = -1, total = 0;
  const std::vector<TimedPart> parts =
      time_parts(quick(), this_machine(), [&](std::string_view, std::int64_t done, std::int64_t all) {
        EXPECT_GT(done, last);
        last = done, total = all;
      });
  EXPECT_EQ(last, total);
  ASSERT_EQ(parts.size(), 6u);  // float32 and the head, at three loads each
  for (const TimedPart& part : parts) {
    EXPECT_GE(part.inputs_per_second, part.median_inputs_per_second) << part.how.network;
    EXPECT_GT(part.median_inputs_per_second, 0) << part.how.network;
    EXPECT_GT(part.cpu_share, 0) << part.how.network;
  }
  EXPECT_EQ(parts[0].how.batch, 1);
  EXPECT_EQ(parts[1].how.batch, 256);
  EXPECT_EQ(parts[2].how.threads, 2);
}

TEST(PartTiming, NothingPassesTheRoofOfArithmetic) {
  for (const TimedPart& part : time_parts(quick(), this_machine()))
    if (!part.roof.memory_bound) {
      // A tenth more: other programs may have had the cores while the roof was measured.
      EXPECT_LE(part.fraction(), 1.1) << part.how.network << " " << precision_name(part.how.precision);
    }
}

TEST(PartTiming, ANetworkThatAnswersNothingIsNotTimed) {
  const TempFolder folder;
  StateDict weights = initial_state(find_backbone("resnet34").whole(10), Rng(1));
  weights.front().second.zero_();  // the stem: every map behind it is 0
  write_safetensors(folder / "bad.safetensors", weights);
  TimingOptions options = quick();
  options.weights = folder / "bad.safetensors";
  try {
    time_parts(options, this_machine());
    FAIL() << "a network that gives zeros alone was timed";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("it was not timed"));
  }
}

TEST(PartTiming, ACutThatDoesNotExistIsRefusedAndAStopIsHeeded) {
  TimingOptions options = quick();
  options.cuts = {"none"};
  EXPECT_THAT(user_error([&] { time_parts(options, this_machine()); }), HasSubstr("use 1, 2"));
  stop_requested() = true;
  EXPECT_THROW(time_parts(quick(), this_machine()), Interrupted);
  stop_requested() = false;
}

}  // namespace
}  // namespace packrat
