#include "engine/studies/roofline/network_work.h"

#include <gtest/gtest.h>

#include "engine/topology/counting.h"
#include "engine/topology/networks.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {

// QuTiBench's intensities are operations per byte of weights: MLPs have two operations a weight, and
// CNV 76.24 at INT8.
TEST(NetworkWork, HasTheIntensitiesOfTheTables) {
  for (const auto& [name, listed] : std::vector<std::pair<const char*, double>>{
           {"cnv-100", 76.24}, {"cnv-50", 77.08}, {"cnv-25", 78.75}, {"mlp-100", 2}, {"mlp-12.5", 2}})
    EXPECT_NEAR(ops_per_byte(counted_work(build_network(name)), Precision::kInt8, Traffic::kWeights), listed,
                0.01)
        << name;
}

TEST(NetworkWork, ReadsWeightsOnceABatch) {
  const NetworkWork work{1000, 100, 10};
  EXPECT_DOUBLE_EQ(ops_per_byte(work, Precision::kFp32, Traffic::kWeights, 8), 2000.0 / 400);
  EXPECT_DOUBLE_EQ(ops_per_byte(work, Precision::kFp32, Traffic::kAll, 1), 2000.0 / 440);
  EXPECT_DOUBLE_EQ(ops_per_byte(work, Precision::kBf16, Traffic::kAll, 10), 2000.0 / 40);
}

// Stage 4 behind a cut at 3 gets maps of 256x2x2. Its first convolution (3x3, stride 2, padding 1) has one
// output place, where four taps meet the input. All others work on 1x1 maps: one tap of nine.
TEST(NetworkWork, LeavesOutWhatOnlyMeetsPadding) {
  const Network head = build_network("resnet34-head-3");
  const NetworkWork all = counted_work(head), live = live_work(head);
  const std::int64_t first = 256 * 512, later = 512 * 512;
  EXPECT_EQ(all.macs - live.macs, first * 5 + 5 * later * 8);
  EXPECT_EQ(all.weights - live.weights, first * 5 + 5 * later * 8);
  EXPECT_EQ(live.macs, first * 4 + 5 * later + first + 512 * 10);
  EXPECT_EQ(all.maps, live.maps);
}

TEST(NetworkWork, KeepsEveryWeightWhereMapsAreLarge) {
  const Network network = build_network("resnet50");
  EXPECT_EQ(live_work(network).weights, counted_work(network).weights);
  EXPECT_LT(live_work(network).macs, counted_work(network).macs);
  EXPECT_GT(live_work(network).macs, counted_work(network).macs * 9 / 10);
}

TEST(NetworkWork, IsBoundByTheRoof) {
  Platform platform{"p", {{Precision::kFp32, 1.0}}, 10, {}, {}, {}};
  const NetworkWork work{500'000'000, 1'000'000, 0};  // 1 GOP, 250 operations a byte
  const Prediction p = predict(platform, Precision::kFp32, "n", work, Traffic::kWeights);
  EXPECT_DOUBLE_EQ(p.ops_per_byte, 250);
  EXPECT_DOUBLE_EQ(p.tops, 1);
  EXPECT_DOUBLE_EQ(p.inputs_per_second, 1000);
  EXPECT_FALSE(p.memory_bound);
  platform.bandwidth_gb_s = 1;
  EXPECT_DOUBLE_EQ(predict(platform, Precision::kFp32, "n", work, Traffic::kWeights).inputs_per_second, 250);
  testing_data::user_error([&] { predict(platform, Precision::kFp32, "n", {}, Traffic::kAll); });
}

}  // namespace
}  // namespace packrat
