#include "engine/experiment/forecast.h"

#include <gtest/gtest.h>

#include "tests/experiment/small_run.h"

namespace packrat {
namespace {

RunForecast forecast(const SmallWorld& world, const std::string& codec) {
  RunConfig config = world.config("run");
  config.encoder = "none";
  config.weights.clear();
  config.codec = codec;
  config.memory_bytes = "60000";
  return make_forecaster()(config, {"codec", "memory_bytes"});
}

TEST(Forecast, OfABudgetInBytesCountsEntriesAsTheyGoIntoTheEntropyCoder) {
  const SmallWorld world;
  for (const std::string codec : {"quantize:states=4,range=local", "thin:factor=0.5", "codebook:states=4"}) {
    const RunForecast plain = forecast(world, codec), coded = forecast(world, codec + "|entropy");
    EXPECT_GT(plain.slots, 10) << codec;
    EXPECT_EQ(coded.slots, plain.slots) << codec;
    EXPECT_FALSE(coded.exact_bytes) << codec;
    EXPECT_TRUE(coded.codec_learns) << codec;
  }
}

TEST(Forecast, OfABudgetInBytesAndEntriesOfUnknownSizeIsAllImages) {
  const SmallWorld world;  // a forecast goes by the data set's description, not by its files
  for (const std::string codec : {"jpeg:quality=50", "jpeg:quality=50|entropy"})
    EXPECT_EQ(forecast(world, codec).slots, find_dataset("cifar10").images(Split::kTrain)) << codec;
}

}  // namespace
}  // namespace packrat
