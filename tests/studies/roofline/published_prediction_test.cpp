#include "engine/studies/roofline/published_prediction.h"

#include <gmock/gmock.h>

#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;

const std::vector<PublishedNetwork>& networks() {
  static const std::vector<PublishedNetwork> all = published_networks();
  return all;
}

const PlatformTable& platforms() {
  static const PlatformTable all = load_platforms();
  return all;
}

TEST(PublishedPrediction, EveryCellIsReproducedButTheOneThatIsWrong) {
  struct Expected {
    const char *table, *quantity;
    int cells, exact;
  };
  const std::vector<Expected> expected{
      {"snapshot_2e994bd/performance_predictions_imagenet_mnist_cifar.csv", "attainable TOP/s", 231, 231},
      {"snapshot_2e994bd/performance_prediction_imagenet.csv", "inputs/s", 51, 51},
      {"snapshot_2e994bd/performance_prediction_cifar10.csv", "inputs/s", 44, 44},
      {"snapshot_2e994bd/performance_prediction_mnist.csv", "inputs/s", 52, 51},
      {"head/performance_predictions_imagenet_mnist_cifar.csv", "inputs/s", 165, 164},
      {"snapshot_2e994bd/rooflines_hardware_neural_networks.csv", "corners of rooflines", 57, 57},
      {"snapshot_2e994bd/rooflines_hardware_neural_networks.csv", "network lines", 92, 92}};
  const std::vector<TableCheck> checks = check_published_tables(networks(), platforms());
  ASSERT_EQ(checks.size(), expected.size());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    EXPECT_EQ(checks[i].table, expected[i].table);
    EXPECT_EQ(checks[i].quantity, expected[i].quantity);
    EXPECT_EQ(checks[i].cells, expected[i].cells) << checks[i].table;
    EXPECT_EQ(checks[i].exact, expected[i].exact) << checks[i].table;
    EXPECT_EQ(checks[i].wrong.size(), static_cast<std::size_t>(checks[i].cells - checks[i].exact));
    for (const TableCheck::Mismatch& wrong : checks[i].wrong) {
      EXPECT_THAT(wrong.row + " " + wrong.column, HasSubstr("MLP_25"));
      EXPECT_THAT(wrong.row + " " + wrong.column, HasSubstr("ZCU104-FINN"));
      EXPECT_EQ(parse_precision(std::string(wrong.row.substr(wrong.row.size() - 4))), Precision::kInt2);
      EXPECT_EQ(std::stod(wrong.listed), 38400);
      EXPECT_NEAR(wrong.computed, 76800, 1e-6);
    }
  }
}

TEST(PublishedPrediction, ListedNumbersAgreeOnlyWithinTheirDecimals) {
  struct Case {
    const char* listed;
    double computed;
    bool same;
  };
  for (const Case& c : std::vector<Case>{{"4035", 4035.0877, true},
                                         {"1469.6485619999999", 1469.64856230, true},
                                         {"1469.6485619999999", 1469.6485631, false},
                                         {"2985.0", 2985.6, false},
                                         {"38400", 76800, false},
                                         {"0.96", 0.9649, true},
                                         {"0.96", 0.966, false},
                                         {"", 0, false},
                                         {"na", 1, false}})
    EXPECT_EQ(agrees(c.listed, c.computed), c.same) << c.listed << " and " << c.computed;
}

TEST(PublishedPrediction, NetworksAreOneHoweverTheyAreSpelt) {
  const std::vector<std::vector<const char*>> spellings{
      {"GoogleNetv1", "GoogLeNetv1", "GoogLeNetv1 100%", "GoogLeNetv1_100.0"},
      {"EfficientNet_S", "EfficientNet-S 100%", "EfficientNet Edge S", "EfficientNet S"},
      {"ResNet50_80%", "ResNet-50 80%", "ResNet-50_80.0", "ResNet50 80"},
      {"ResNet-50", "ResNet50", "ResNet50_100%"},
      {"CNV-12.5%", "CNV_12.5", "CNV 12.5%"}};
  for (const auto& group : spellings)
    for (const char* spelling : group)
      EXPECT_EQ(parse_network_label(spelling), parse_network_label(group[0])) << spelling;
  EXPECT_FALSE(parse_network_label("ResNet50_80%") == parse_network_label("ResNet50"));
  EXPECT_FALSE(parse_network_label("EfficientNet_S") == parse_network_label("EfficientNet_L"));
}

// spec of the tables: 17 networks, operations and intensities as used by the predictions.
TEST(PublishedPrediction, NetworksHoldTheFiguresThatWereUsed) {
  ASSERT_EQ(networks().size(), 17u);
  struct Case {
    const char* label;
    double gop, ops_per_int8_byte;
    Precision precision;
    double top1;
  };
  for (const Case& c : std::vector<Case>{{"GoogLeNetv1", 3.13, 523.49, Precision::kInt8, 69.24},
                                         {"ResNet-50 80%", 6.54, 271.65, Precision::kInt8, 73.30},
                                         {"EfficientNet-S", 4.7, 870.37, Precision::kInt8, 77},
                                         {"EfficientNet-L", 19.38, 1828.30, Precision::kInt8, 80.2},
                                         {"CNV 12.5%", 0.01, 83.15, Precision::kInt4, 75.85},
                                         {"MLP 12.5%", 0.000668672, 2, Precision::kFp16, 97.95}}) {
    const PublishedNetwork* const network = find_published(networks(), parse_network_label(c.label));
    ASSERT_NE(network, nullptr) << c.label;
    EXPECT_EQ(network->gop, c.gop) << c.label;
    EXPECT_EQ(network->ops_per_int8_byte, c.ops_per_int8_byte) << c.label;
    EXPECT_EQ(network->top1.at(c.precision), c.top1) << c.label;
  }
}

// 12 platforms with 20 pairs of platform and precision; 17 networks.
TEST(PublishedPrediction, EveryNetworkIsPredictedOnEveryPlatformThatHasThePrecision) {
  const std::vector<Prediction> all = predict_all(networks(), platforms());
  EXPECT_EQ(all.size(), 17u * 20u);
  for (const Prediction& p : all) {
    EXPECT_GT(p.inputs_per_second, 0) << p.network << " on " << p.platform;
    EXPECT_EQ(p.memory_bound, p.tops < platforms().get(p.platform).peak_tops.at(p.precision));
    // A fully connected network of two operations a weight is always bound by memory.
    EXPECT_TRUE(p.memory_bound || p.data_set != "mnist") << p.network << " on " << p.platform;
  }
}

}  // namespace
}  // namespace packrat
