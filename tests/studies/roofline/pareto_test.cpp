#include "engine/studies/roofline/pareto.h"

#include <gmock/gmock.h>

#include <cmath>

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Coordinates = std::vector<std::pair<double, double>>;

/// Accuracy and speed, each pair once, speeds to whole numbers or to one decimal.
Coordinates rounded(const std::vector<SpeedPoint>& points, double unit) {
  Coordinates out;
  for (const SpeedPoint& p : points) {
    const std::pair<double, double> at{p.top1, std::round(p.inputs_per_second / unit) * unit};
    if (out.empty() || out.back() != at) out.push_back(at);
  }
  return out;
}

void expect_front(const std::vector<SpeedPoint>& got, const Coordinates& expected, double unit) {
  const Coordinates front = rounded(got, unit);
  ASSERT_EQ(front.size(), expected.size());
  for (std::size_t i = 0; i < front.size(); ++i) {
    EXPECT_NEAR(front[i].first, expected[i].first, 1e-9) << i;
    EXPECT_NEAR(front[i].second, expected[i].second, 1e-6) << i;
  }
}

TEST(ParetoFront, KeepsWhatNothingBeats) {
  const std::vector<SpeedPoint> points{
      {"a", "a", 90, 10}, {"b", "b", 80, 20}, {"c", "c", 80, 15}, {"d", "d", 90, 10}, {"e", "e", 70, 5}};
  std::string names;
  for (const SpeedPoint& p : pareto_front(points, FrontRule::kRight)) names += p.name;
  EXPECT_EQ(names, "adb");
  EXPECT_THAT(pareto_front({}, FrontRule::kRight), IsEmpty());
  EXPECT_THAT(pareto_front({}, FrontRule::kPublished), IsEmpty());
}

TEST(TheoryFront, OfImagenetIsTheSameUnderEveryRule) {
  const SpeedPoints theory = theory_points("imagenet", NameJoin::kPublished);
  for (const FrontRule rule : {FrontRule::kRight, FrontRule::kPublished})
    expect_front(pareto_front(theory.points, rule),
                 {{75.15, 86.8}, {75.14, 172.3}, {73.3, 797.5}, {69.57, 3508.8}}, 0.1);
}

// 147 predictions; those of four networks find no accuracy under the published spelling.
TEST(TheoryFront, NamesThatFindNoAccuracyAreCounted) {
  std::size_t joined = 0;
  for (const char* data_set : {"imagenet", "cifar", "mnist"}) {
    joined += theory_points(data_set, NameJoin::kPublished).points.size();
    EXPECT_THAT(theory_points(data_set, NameJoin::kRepaired).unjoined, IsEmpty());
  }
  EXPECT_EQ(joined, 119u);
  EXPECT_THAT(theory_points("imagenet", NameJoin::kPublished).unjoined,
              ElementsAre("GoogleNetv1 (13 predictions)", "EfficientNet_S (5 predictions)",
                          "EfficientNet_M (5 predictions)", "EfficientNet_L (5 predictions)"));
}

// EfficientNet beats every ResNet once its names join.
TEST(TheoryFront, OfImagenetChangesWhenAllNamesJoin) {
  const std::vector<SpeedPoint> points = theory_points("imagenet", NameJoin::kRepaired).points;
  EXPECT_EQ(points.size(), 51u);
  expect_front(pareto_front(points, FrontRule::kRight),
               {{80.2, 346.2}, {78.6, 906.8}, {77, 1427.7}, {69.57, 3508.8}}, 0.1);
}

TEST(TheoryFront, OfCifarJoinsTheBestOfDifferentWidths) {
  const std::vector<SpeedPoint> points = theory_points("cifar", NameJoin::kPublished).points;
  EXPECT_EQ(points.size(), 44u);
  const std::vector<SpeedPoint> published = pareto_front(points, FrontRule::kPublished);
  expect_front(published, {{87.4, 319296}, {86.86, 638592}}, 1);
  EXPECT_THAT(
      impossible_points(published, points),
      ElementsAre(HasSubstr("87.4 % at 319296/s: the speed is of ZCU104-BISMO-INT4, CNV 12.5% INT4, which "
                            "reaches 75.85 %; the accuracy is of ZCU104-BISMO-INT4, CNV 100% INT4"),
                  HasSubstr("86.86 % at 638592/s")));
  const std::vector<SpeedPoint> right = pareto_front(points, FrontRule::kRight);
  expect_front(right,
               {{87.4, 6229},
                {86.86, 12458},
                {84.88, 24666},
                {84.29, 49331},
                {81.09, 100800},
                {79.89, 201600},
                {75.85, 319296},
                {73.64, 638592}},
               1);
  EXPECT_THAT(impossible_points(right, points), IsEmpty());
  // The improved rule's points exist, but it loses all that are not their group's fastest.
  const std::vector<SpeedPoint> improved = pareto_front(points, FrontRule::kPublishedImproved);
  EXPECT_THAT(impossible_points(improved, points), IsEmpty());
  EXPECT_LT(improved.front().top1, 78);
}

TEST(TheoryFront, OfMnistIsRight) {
  const std::vector<SpeedPoint> points = theory_points("mnist", NameJoin::kPublished).points;
  EXPECT_EQ(points.size(), 52u);
  expect_front(pareto_front(points, FrontRule::kRight),
               {{98.77, 3840},
                {98.75, 7680},
                {98.62, 12800},
                {98.49, 25600},
                {98.29, 38400},
                {98.04, 76800},
                {97.95, 89281},
                {97.54, 114855},
                {96.85, 229709}},
               1);
  EXPECT_FALSE(impossible_points(pareto_front(points, FrontRule::kPublished), points).empty());
}

TEST(MeasuredFront, IsThatOfThePublishedPoints) {
  for (const FrontRule rule : {FrontRule::kRight, FrontRule::kPublished})
    expect_front(pareto_front(measured_points("imagenet"), rule),
                 {{75.172, 18.27},
                  {75.148, 61.51},
                  {75.142, 114.03},
                  {72.53, 193.79},
                  {69.5674, 389.03},
                  {69.49, 544.70}},
                 0.01);
  EXPECT_EQ(pareto_front(measured_points("cifar"), FrontRule::kRight).size(), 10u);
  EXPECT_EQ(pareto_front(measured_points("mnist"), FrontRule::kRight).size(), 8u);
}

}  // namespace
}  // namespace packrat
