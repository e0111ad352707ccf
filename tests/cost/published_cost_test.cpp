#include "engine/cost/published_cost.h"

#include <gtest/gtest.h>

#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "tests/cost/descriptions.h"

namespace packrat {
namespace {

// The right-hand figures are what Python prints for the notebooks' expressions, evaluated in their order; the
// comments work them out by hand. MiB = 1048576.
TEST(PublishedCostTest, IsTheNotebooksFigureToTheLastDigit) {
  const struct {
    StorageDescription description;
    double mib;
  } rows[] = {
      // 4 x 1024 x 1000 = 4096000
      {features(1000, {"none"}), 3.90625},
      // 1 x 3072 x 1000 = 3072000: a byte a pixel
      {pixels(1000, {"none"}), 2.9296875},

      // ceil(1 bit x 1024 / 8) = 128, middles 4 x 2 = 8: 136 x 10000 / 8 = 170000
      {features(10000, {quantization(2, true)}), 0.1621246337890625},
      // ceil(2 x 1024 / 8) = 256, middles 4 x 4 = 16: 272 x 1000 / 8 = 34000
      {features(1000, {quantization(4, true)}), 0.0324249267578125},
      // ceil(4 x 1024 / 8) = 512, middles 4 x 16 = 64: 576 x 1000 / 8 = 72000
      {features(1000, {quantization(16, true)}), 0.06866455078125},
      // ceil(5 x 1024 / 8) = 640, middles 4 x 32 = 128: 768 x 10000 / 8 = 960000
      {features(10000, {quantization(32, true)}), 0.91552734375},
      // 128 x 10 + middles once 4 x 2 = 1288: / 8 = 161
      {features(10, {quantization(2, false)}), 0.00015354156494140625},
      // 640 x 1000 + 128 = 640128: / 8 = 80016
      {features(1000, {quantization(32, false)}), 0.0763092041015625},
      // ceil(log2 3) = 2 bits: ceil(2 x 3072 / 8) = 768, middles 4 x 3 = 12: 780 x 100 / 8 = 9750
      {pixels(100, {quantization(3, true)}), 0.009298324584960938},
      // 3 bits: 1152, middles 32: 1184 x 1000 / 8 = 148000
      {pixels(1000, {quantization(8, true)}), 0.141143798828125},
      // 4 bits: 1536 x 10000 + 64 = 15360064: / 8 = 1920008
      {pixels(10000, {quantization(16, false)}), 1.8310623168945312},

      // 1024 x 0.5 x 6 x 1000 = 3072000
      {features(1000, {thinning(0.5)}), 2.9296875},
      // 1024 x 0.2 = 204.8 kept: 1228800. In doubles 1 - 0.8 is 0.19999999999999996.
      {features(1000, {thinning(0.8)}), 1.1718749999999998},
      // 102.4 kept: 614400
      {features(1000, {thinning(0.9)}), 0.5859374999999999},
      // 51.2 kept: 307200. 1 - 0.95 is 0.050000000000000044.
      {features(1000, {thinning(0.95)}), 0.2929687500000003},
      // coordinates are stored even when nothing is deleted: 1024 x 6 x 100
      {features(100, {thinning(0)}), 0.5859375},
      // 3072 x 0.5 x 3 x 10 = 46080
      {pixels(10, {thinning(0.5)}), 0.0439453125},
      // 614.4 kept: 18432
      {pixels(10, {thinning(0.8)}), 0.017578124999999997},
      // 307.2 kept: 921600
      {pixels(1000, {thinning(0.9)}), 0.8789062499999998},
      // 153.6 kept: 4608000
      {pixels(10000, {thinning(0.95)}), 4.3945312500000036},
  };
  for (const auto& row : rows) EXPECT_EQ(published_cost(row.description).value().mib(), row.mib) << row.mib;
}

TEST(PublishedCostTest, QuantizationIsDividedByEightTwice) {
  for (const bool local : {true, false}) {
    const PublishedCost cost = published_cost(features(1000, {quantization(4, local)})).value();
    EXPECT_EQ(cost.entry_values, 256) << "already bytes: 1024 codes of 2 bits";
    EXPECT_EQ(cost.divisor, 8);
    EXPECT_EQ(cost.mib() * 8 * kBytesPerMiB, cost.numerator());
  }
}

TEST(PublishedCostTest, QuantizationStoresBinMiddlesWhereARangeWouldDo) {
  for (const std::int64_t states : {2, 4, 8, 16, 32}) {
    const auto middles = static_cast<double>(4 * states);
    const PublishedCost local = published_cost(features(10, {quantization(states, true)})).value(),
                        transfer = published_cost(features(10, {quantization(states, false)})).value();
    EXPECT_EQ(local.entry_side, middles);
    EXPECT_EQ(local.shared, 0);
    EXPECT_EQ(transfer.entry_side, 0);
    EXPECT_EQ(transfer.shared, middles);
  }
}

TEST(PublishedCostTest, ThinningKeepsFractionsOfValues) {
  EXPECT_NEAR(published_cost(features(1, {thinning(0.95)}))->entry_values / 6, 51.2, 1e-12);
  EXPECT_NEAR(published_cost(pixels(1, {thinning(0.8)}))->entry_values / 3, 614.4, 1e-12);
}

TEST(PublishedCostTest, ChainsHaveNone) {
  EXPECT_FALSE(published_cost(features(10, {thinning(0.9), quantization(4, true)})));
}

TEST(PublishedCostTest, ParametersOutOfRangeAreUserErrors) {
  EXPECT_THROW(published_cost(features(10, {quantization(1, true)})), UserError);
  EXPECT_THROW(published_cost(features(10, {thinning(1)})), UserError);
  EXPECT_THROW(published_cost(features(10, {thinning(-0.1)})), UserError);
  EXPECT_THROW(published_cost(features(0, {"none"})), UserError);
}

}  // namespace
}  // namespace packrat
