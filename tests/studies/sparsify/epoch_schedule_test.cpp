#include "engine/studies/sparsify/epoch_schedule.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

struct Case {
  std::string name;
  std::int64_t epoch;
  double multiplier;
};

TEST(EpochSchedule, FallsAtThePublishedEpochs) {
  for (const Case& c : std::vector<Case>{{"trabelsi", 0, 1},
                                         {"trabelsi", 9, 1},
                                         {"trabelsi", 10, 0.1},
                                         {"trabelsi", 99, 0.1},
                                         {"trabelsi", 100, .05},
                                         {"trabelsi", 119, .05},
                                         {"trabelsi", 120, .01},
                                         {"trabelsi", 149, .01},
                                         {"trabelsi", 150, .001},
                                         {"trabelsi", 5000, .001},
                                         {"fast", 4, 1},
                                         {"fast", 5, 0.1},
                                         {"fast", 10, 0.05},
                                         {"fast", 20, 0.01},
                                         {"fast", 49, 0.01},
                                         {"fast", 50, 0.001},
                                         {"constant", 0, 1},
                                         {"constant", 1000, 1}})
    EXPECT_EQ(find_epoch_schedule(c.name).multiplier(c.epoch), c.multiplier) << c.name << " at " << c.epoch;
}

TEST(EpochSchedule, AnUnknownNameIsRefusedWithTheNamesThereAre) {
  try {
    find_epoch_schedule("slow");
    FAIL() << "not refused";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "learning-rate schedule 'slow' is not known: choose one of trabelsi, fast, constant");
  }
}

}  // namespace
}  // namespace packrat
