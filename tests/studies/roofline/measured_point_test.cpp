#include "engine/studies/roofline/measured_point.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kDataSets[] = {"imagenet", "cifar", "mnist"};

TEST(Measurements, AreAllRead) {
  EXPECT_EQ(published_measurements("imagenet").size(), 190u);
  EXPECT_EQ(published_measurements("cifar").size(), 378u);
  EXPECT_EQ(published_measurements("mnist").size(), 406u);
  const Measurement first = published_measurements("cifar").front();
  EXPECT_EQ(first.platform, "NCS2");
  EXPECT_EQ(first.label, parse_network_label("CNV 12.5%"));
  EXPECT_EQ(first.batch, 1);
  EXPECT_EQ(first.inputs_per_second, 526.305);
  EXPECT_EQ(first.system_inputs_per_second, 293.812);
  EXPECT_EQ(first.top1, 77.82);
  EXPECT_EQ(first.full_watts, 1.56);
  EXPECT_THAT(testing_data::user_error([] { published_measurements("svhn"); }),
              HasSubstr("imagenet, cifar or mnist"));
}

// The points take the greatest speed over batch sizes, not the one of the greatest batch.
TEST(Measurements, GiveEveryPublishedPointByTheirGreatestSpeed) {
  const PlatformTable platforms = load_platforms();
  std::size_t points = 0;
  for (const char* data_set : kDataSets) {
    const std::vector<MeasuredPoint> best = best_of_batches(published_measurements(data_set));
    for (const MeasuredPoint& point : published_measured_points(data_set)) {
      int found = 0;
      for (const MeasuredPoint& b : best)
        found += platforms.find(b.platform) == platforms.find(point.platform) &&
                 b.precision == point.precision && b.label == point.label &&
                 std::abs(b.inputs_per_second - point.inputs_per_second) < 1e-6 && b.top1 == point.top1;
      EXPECT_EQ(found, 1) << point.network << " on " << point.platform;
      ++points;
    }
  }
  EXPECT_EQ(points, 17u + 30u + 35u);
}

TEST(AchievedFractions, AreThoseOfThePublishedPoints) {
  const std::vector<PublishedNetwork> networks = published_networks();
  const PlatformTable platforms = load_platforms();
  const AchievedTable table = achieved_fractions(published_measured_points("imagenet"), networks, platforms);
  EXPECT_THAT(table.unjoined, ElementsAre());
  struct Case {
    const char *platform, *network;
    Precision precision;
    double per_cent;
  };
  for (const Case& c : std::vector<Case>{{"TX2-maxp", "ResNet-50", Precision::kFp32, 83.3},
                                         {"TX2-maxp", "ResNet-50", Precision::kFp16, 76.6},
                                         {"NCS", "ResNet-50", Precision::kFp16, 28.2},
                                         {"ZCU102-DPU", "ResNet-50", Precision::kInt8, 25.7},
                                         {"ZCU104-DPU", "ResNet-50", Precision::kInt8, 23.2},
                                         {"Ultra96-DPU", "ResNet-50", Precision::kInt8, 21.4},
                                         {"Ultra96-DPU", "ResNet-50 80%", Precision::kInt8, 20.0},
                                         {"Ultra96-DPU", "ResNet-50 50%", Precision::kInt8, 15.5},
                                         {"Ultra96-DPU", "ResNet-50 30%", Precision::kInt8, 12.7},
                                         {"EdgeTPU-fast", "MobileNetv1", Precision::kInt8, 11.1},
                                         {"EdgeTPU-slow", "MobileNetv1", Precision::kInt8, 14.0}}) {
    int found = 0;
    for (const Achieved& row : table.rows)
      if (row.predicted.platform == c.platform && row.measured.precision == c.precision &&
          row.measured.label == parse_network_label(c.network)) {
        EXPECT_NEAR(100 * row.fraction, c.per_cent, 0.0501) << c.platform << " " << c.network;
        ++found;
      }
    EXPECT_EQ(found, 1) << c.platform << " " << c.network;
  }
}

// The weights of an MLP on FINN cannot come from memory: they lie on the chip.
TEST(AchievedFractions, OfFinnShowWhereTheModelFails) {
  const AchievedTable table =
      achieved_fractions(published_measured_points("mnist"), published_networks(), load_platforms());
  int finn = 0;
  for (const Achieved& row : table.rows) {
    if (row.predicted.platform == "ZCU104-FINN") {
      EXPECT_GT(row.fraction, 10) << row.predicted.network;
      EXPECT_LT(row.fraction, 26) << row.predicted.network;
      ++finn;
    }
  }
  EXPECT_EQ(finn, 7);
}

TEST(AchievedFractions, NameWhatHasNoPrediction) {
  const AchievedTable table = achieved_fractions(best_of_batches(published_measurements("imagenet")),
                                                 published_networks(), load_platforms());
  EXPECT_EQ(table.rows.size(), 32u);
  EXPECT_THAT(table.unjoined,
              ElementsAre(HasSubstr("ResNet-50v15 100% INT8 on EdgeTPU-fast: no such network"),
                          HasSubstr("ResNet-50v15 100% INT8 on EdgeTPU-slow: no such network")));
}

}  // namespace
}  // namespace packrat
