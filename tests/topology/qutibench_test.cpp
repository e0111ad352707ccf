#include <gtest/gtest.h>

#include <string>

#include "engine/topology/counting.h"
#include "engine/topology/networks.h"

namespace packrat {
namespace {

struct Listed {
  const char* name;
  std::int64_t operations, weights;
  double int8_intensity;  ///< operations a byte at 8 bits, weights only
};

// QuTiBench's tables (topology_details.csv, cnn_topologies_compute_memory_requirements.csv and the
// intensities beside them; Apache-2.0), as listed.
constexpr Listed kListed[] = {
    {"cnv-100", 469449728, 6157696, 76.24}, {"cnv-50", 118922752, 1542848, 77.08},
    {"cnv-25", 30510848, 387424, 78.75},    {"cnv-12.5", 8124928, 97712, 83.15},
    {"mlp-100", 20029440, 10014720, 2.00},  {"mlp-50", 5820416, 2910208, 2.00},
    {"mlp-25", 1861632, 930816, 2.00},      {"mlp-12.5", 668672, 334336, 2.00},
};

// The one wrong row: CNV at 12.5 % was listed with its first convolution counted on 32x32 positions, not on
// the 30x30 that its valid 3x3 window has. 2 * 16 * 27 * (32^2 - 30^2) = 107 136 operations too many; the
// intensity follows.
constexpr const char* kWrong = "cnv-12.5";
constexpr std::int64_t kRightOperations = 8017792;
constexpr double kRightIntensity = 82.06;

NetworkCount counted(const char* name) {
  return count_network(build_network(name), find_counting_rule("strict"));
}

TEST(QutibenchTest, CnvAndMlpAreThePublishedOnesToTheUnit) {
  int exact = 0;
  for (const Listed& row : kListed) {
    const NetworkCount count = counted(row.name);
    EXPECT_EQ(count.parameters, row.weights) << row.name;
    if (row.name == std::string(kWrong)) continue;
    EXPECT_EQ(count.operations(), row.operations) << row.name;
    EXPECT_NEAR(count.weights_only_intensity(8), row.int8_intensity, 0.005) << row.name;
    ++exact;
  }
  EXPECT_EQ(exact, 7);
}

TEST(QutibenchTest, TheOneWrongRowCountsItsFirstConvolutionOn32x32Positions) {
  const NetworkCount count = counted(kWrong);
  const Listed& listed = kListed[3];
  EXPECT_EQ(count.operations(), kRightOperations);
  EXPECT_NEAR(count.weights_only_intensity(8), kRightIntensity, 0.005);
  EXPECT_EQ(listed.operations - count.operations(), 2 * 16 * 27 * (32 * 32 - 30 * 30));
}

TEST(QutibenchTest, IntensitiesOfThePrecisionsAreAsFourTwoOneAHalfAQuarter) {
  for (const Listed& row : kListed) {
    const NetworkCount count = counted(row.name);
    const double at_8 = count.weights_only_intensity(8);
    for (const auto& [bits, factor] : {std::pair(2, 4.0), {4, 2.0}, {16, 0.5}, {32, 0.25}})
      EXPECT_DOUBLE_EQ(count.weights_only_intensity(bits), factor * at_8) << row.name << " at " << bits;
  }
}

// Valid 3x3 windows: 32 -> 30 -> 28, pool 14, -> 12 -> 10, pool 5, -> 3 -> 1.
TEST(QutibenchTest, CnvsMapsAreTheSpecifiedOnes) {
  const Network network = build_network("cnv-50");
  std::vector<std::int64_t> sides;
  for (const Layer& layer : network.layers)
    if (layer.kind == LayerKind::kConvolution) sides.push_back(layer.out.height);
  EXPECT_EQ(sides, (std::vector<std::int64_t>{30, 28, 12, 10, 3, 1}));
}

TEST(QutibenchTest, BothRulesAgreeWhereNothingHasABias) {
  for (const Listed& row : kListed)
    EXPECT_EQ(count_network(build_network(row.name), find_counting_rule("thop-2020")).macs,
              counted(row.name).macs)
        << row.name;
}

}  // namespace
}  // namespace packrat
