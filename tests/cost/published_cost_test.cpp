#include "engine/cost/published_cost.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "tests/cost/descriptions.h"

namespace packrat {
namespace {

constexpr double kMiB = 1048576.0;

TEST(PublishedCostTest, IsTheNotebooksFigure) {
  const struct {
    StorageDescription description;
    double bytes;  // of the published total
    const char* by_hand;
  } rows[] = {
      {features(1000, {no_codec()}), 4096000, "4 x 1024 x 1000"},
      {features(1000, {}), 4096000, "no stage is no codec"},
      {pixels(1000, {no_codec()}), 3072000, "1 x 3072 x 1000"},
      // ceil(2 bits x 1024 / 8) = 256; local 4 x 4 = 16; (256 + 16) x 1000 / 8
      {features(1000, {quantization(4, true)}), 34000, "quantization 4 local"},
      // ceil(5 x 1024 / 8) = 640; local 4 x 32 = 128; 768 x 10000 / 8
      {features(10000, {quantization(32, true)}), 960000, "quantization 32 local"},
      // 128 x 10; transfer 4 x 2 = 8 once; 1288 / 8
      {features(10, {quantization(2, false)}), 161, "quantization 2 transfer"},
      // ceil(log2 3) = 2 bits: ceil(2 x 3072 / 8) = 768; 4 x 3 = 12; 780 x 100 / 8
      {pixels(100, {quantization(3, true)}), 9750, "quantization 3 local, pixels"},
      // 1024 x 0.1 x 6 x 1000
      {features(1000, {thinning(0.9)}), 614400, "thinning 0.9"},
      // 1024 x 0.05 x 6 x 1000: 51.2 values an entry
      {features(1000, {thinning(0.95)}), 307200, "thinning 0.95"},
      // 3072 x 0.2 x 3 x 10: 614.4 values an entry
      {pixels(10, {thinning(0.8)}), 18432, "thinning 0.8, pixels"},
      {features(100, {thinning(0)}), 614400, "thinning 0 still stores coordinates"},
  };
  for (const auto& row : rows) {
    const auto cost = published_cost(row.description);
    ASSERT_TRUE(cost) << row.by_hand;
    EXPECT_NEAR(cost->mib(), row.bytes / kMiB, 1e-12 * row.bytes) << row.by_hand;
  }
}

TEST(PublishedCostTest, ChainsHaveNone) {
  EXPECT_FALSE(published_cost(features(10, {thinning(0.9), quantization(4, true)})));
}

TEST(PublishedCostTest, ParametersOutOfRangeAreUserErrors) {
  EXPECT_THROW(published_cost(features(10, {quantization(1, true)})), UserError);
  EXPECT_THROW(published_cost(features(10, {thinning(1)})), UserError);
  EXPECT_THROW(published_cost(features(10, {thinning(-0.1)})), UserError);
  EXPECT_THROW(published_cost(features(0, {})), UserError);
  EXPECT_THROW(published_cost({0, false, 10, {}}), UserError);
}

}  // namespace
}  // namespace packrat
