#include <gtest/gtest.h>

#include <cmath>

#include "engine/topology/counting.h"
#include "engine/topology/networks.h"

namespace packrat {
namespace {

struct PublishedCount {
  const char* name;
  std::int64_t macs, parameters;
};

// A public measurement study of torchvision 0.6's models (2020): multiply-accumulates and parameters as thop
// of 24 May 2020 counted them, one image of 3x224x224 (inception_v3: 3x299x299), 1000 classes.
constexpr PublishedCount kPublishedCounts[] = {
    {"alexnet", 714691904, 61100840},           {"densenet121", 2865672192, 7978856},
    {"densenet161", 7787012832, 28681000},      {"densenet169", 3398071168, 14149480},
    {"densenet201", 4340971136, 20013928},      {"googlenet", 1504879712, 6624904},
    {"inception_v3", 5731151072, 23834568},     {"mnasnet0_5", 110586848, 2218512},
    {"mnasnet0_75", 225023408, 3170208},        {"mnasnet1_0", 325329152, 4383312},
    {"mnasnet1_3", 541067136, 6282256},         {"mobilenet_v2", 314130496, 3504872},
    {"resnet101", 7833971712, 44549160},        {"resnet152", 11558837248, 60192808},
    {"resnet18", 1819066368, 11689512},         {"resnet34", 3671263232, 21797672},
    {"resnet50", 4111514624, 25557032},         {"resnext101_32x8d", 16476536832, 88791336},
    {"resnext50_32x4d", 4259383296, 25028904},  {"shufflenet_v2_x0_5", 42524256, 1366792},
    {"shufflenet_v2_x1_0", 148808392, 2278604}, {"shufflenet_v2_x1_5", 301294432, 3503624},
    {"shufflenet_v2_x2_0", 590741448, 7393996}, {"squeezenet1_0", 823440824, 1248424},
    {"squeezenet1_1", 351911288, 1235496},      {"vgg11", 7616566272, 132863336},
    {"vgg11_bn", 7631418368, 132868840},        {"vgg13", 11320759296, 133047848},
    {"vgg13_bn", 11345245184, 133053736},       {"vgg16", 15483862016, 138357544},
    {"vgg16_bn", 15510957056, 138365992},       {"vgg19", 19646964736, 143667240},
    {"vgg19_bn", 19676668928, 143678248},       {"wide_resnet101_2", 22795601920, 126886696},
    {"wide_resnet50_2", 11426924544, 68883240},
};

TEST(PublishedCountsTest, ThopsRulesGiveEveryPublishedCountExactly) {
  const CountingRule& rule = find_counting_rule("thop-2020");
  int exact = 0;
  for (const PublishedCount& row : kPublishedCounts) {
    const NetworkCount count = count_network(build_network(row.name), rule);
    EXPECT_EQ(count.macs, row.macs) << row.name;
    EXPECT_EQ(count.parameters, row.parameters) << row.name;
    exact += count.macs == row.macs && count.parameters == row.parameters;
  }
  EXPECT_EQ(exact, 35);
}

struct Description {
  double mean = 0, deviation = 0;
};

/// Mean and sample standard deviation, as pandas' describe() has them.
Description describe(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Description d;
  for (const double value : values) d.mean += value / n;
  for (const double value : values) d.deviation += (value - d.mean) * (value - d.mean) / (n - 1);
  d.deviation = std::sqrt(d.deviation);
  return d;
}

// The study's own summary of its table, which counts each MAC once.
TEST(PublishedCountsTest, TheirSummaryIsThePublishedOne) {
  const CountingRule& rule = find_counting_rule("thop-2020");
  std::vector<double> macs, parameters;
  for (const NetworkInfo& row : networks()) {
    if (row.family != "torchvision") continue;
    const NetworkCount count = count_network(row.build(row.input, row.classes), rule);
    macs.push_back(static_cast<double>(count.macs));
    parameters.push_back(static_cast<double>(count.parameters));
  }
  EXPECT_EQ(macs.size(), 35u);
  EXPECT_NEAR(describe(macs).mean, 6.3515099808e9, 0.5);
  EXPECT_NEAR(describe(macs).deviation, 6.685960756e9, 0.5);
  EXPECT_NEAR(describe(parameters).mean, 50521394.74, 0.005);
  EXPECT_NEAR(describe(parameters).deviation, 55086207.73, 0.005);
}

}  // namespace
}  // namespace packrat
