#include "engine/energy/integrate.h"

#include <gmock/gmock.h>

#include <cmath>

#include "engine/core/error.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

constexpr double kNoLimit = 1e9;

/// Readings of a power that is a function of time.
template <typename Power>
PowerLog log_of(const std::vector<double>& times, Power power) {
  PowerLog log{"log.csv", {}};
  for (const double time : times) log.readings.push_back({time, power(time)});
  return log;
}

double constant(double) {
  return 200;
}
double ramp(double time) {
  return 50 + 3 * time;
}

TEST(IntegrateTest, ConstantPowerIsPowerTimesTimeWhereverTheReadingsLie) {
  for (const auto& times :
       std::vector<std::vector<double>>{{0, 3, 6, 9, 12}, {-5, 100}, {0, 0.1, 7, 7.5, 12}, {2, 5}})
    for (const TimeSpan span : {TimeSpan{2, 5}, TimeSpan{2.25, 4.75}, TimeSpan{3, 3.001}})
      EXPECT_NEAR(integrate_trapezoid(log_of(times, constant), span, kNoLimit).joules, 200 * span.seconds(),
                  1e-9);
}

// The integral of 50 + 3 t from a to b is 50 (b - a) + 1.5 (b^2 - a^2): exact for straight lines.
TEST(IntegrateTest, ARampIsExactAtIrregularIntervalsAndBetweenReadings) {
  const PowerLog log = log_of({0, 1, 1.5, 4, 4.25, 9, 20}, ramp);
  for (const TimeSpan span :
       {TimeSpan{0, 20}, TimeSpan{0.3, 19.9}, TimeSpan{4, 9}, TimeSpan{5, 6}, TimeSpan{1.5, 4.1}})
    EXPECT_NEAR(integrate_trapezoid(log, span, kNoLimit).joules,
                50 * span.seconds() + 1.5 * (span.to * span.to - span.from * span.from), 1e-9)
        << span.from << " to " << span.to;
}

TEST(IntegrateTest, NeighbouringSpansAddUp) {
  const PowerLog log = log_of({0, 1.1, 2.7, 3, 8, 10}, [](double t) { return 100 + 50 * std::sin(t); });
  const double whole = integrate_trapezoid(log, {0.5, 9.5}, kNoLimit).joules;
  EXPECT_NEAR(integrate_trapezoid(log, {0.5, 2.8}, kNoLimit).joules +
                  integrate_trapezoid(log, {2.8, 9.5}, kNoLimit).joules,
              whole, 1e-9);
}

TEST(IntegrateTest, GapsAreBridgedAndReportedWhereTheyMeetTheSpan) {
  const PowerLog log = log_of({0, 3, 6, 66, 69, 100}, ramp);
  const LogEnergy energy = integrate_trapezoid(log, {3, 68}, 10);
  ASSERT_EQ(energy.gaps.size(), 1u);
  EXPECT_EQ(energy.gaps[0].from, 6);
  EXPECT_EQ(energy.gaps[0].to, 66);
  EXPECT_EQ(energy.readings, 3u) << "3, 6 and 66";
  EXPECT_EQ(integrate_trapezoid(log, {40, 50}, 10).gaps.at(0).seconds(), 10) << "a span inside a gap";
  EXPECT_EQ(integrate_trapezoid(log, {40, 80}, 10).gaps.size(), 2u);
  EXPECT_TRUE(integrate_trapezoid(log, {0, 6}, 10).gaps.empty());
}

TEST(IntegrateTest, TheNearestPowerIsHeldAtTheEndsUpToTheLimit) {
  const PowerLog log = log_of({10, 13}, ramp);  // 80 W and 89 W
  const LogEnergy energy = integrate_trapezoid(log, {8, 14}, 5);
  EXPECT_NEAR(energy.joules, 2 * 80 + 3 * 84.5 + 1 * 89, 1e-9);
  EXPECT_NEAR(energy.held_seconds, 3, 1e-12);
  EXPECT_THROW(integrate_trapezoid(log, {4, 12}, 5), UserError);
  EXPECT_THROW(integrate_trapezoid(log, {11, 19}, 5), UserError);
  EXPECT_THROW(integrate_trapezoid(log, {100, 200}, 5), UserError);
}

// Readings at 0, 3, 6, 9 of 100, 200, 300, 400 W; the span 2.9 to 9.8 is cut to 2 to 9.
TEST(IntegrateTest, ThePublishedSumCutsTheEndsAndCountsThreeSecondsAReading) {
  const PowerLog log = log_of({0, 3, 6, 9, 12}, [](double t) { return 100 + 100 * t / 3; });
  const LogEnergy energy = sum_fixed_interval(log, {2.9, 9.8}, 3, 10);
  EXPECT_NEAR(energy.joules, 3 * (200 + 300 + 400), 1e-9);
  EXPECT_EQ(energy.readings, 3u);
  EXPECT_NEAR(integrate_trapezoid(log, {2.9, 9.8}, 10).joules, 6.9 * (100 + 100 * (2.9 + 9.8) / 2 / 3), 1e-9)
      << "what the sum should have been";
}

TEST(IntegrateTest, ThePublishedSumLosesGapsAndSharesReadings) {
  const PowerLog log = log_of({0, 3, 60, 63}, constant);
  const LogEnergy energy = sum_fixed_interval(log, {0, 63}, 3, 10);
  EXPECT_EQ(energy.joules, 3 * 200 * 4);
  EXPECT_EQ(energy.gaps.size(), 1u);
  EXPECT_NEAR(integrate_trapezoid(log, {0, 63}, 10).joules, 200 * 63, 1e-9);
  EXPECT_EQ(
      sum_fixed_interval(log, {0, 3.2}, 3, 10).readings + sum_fixed_interval(log, {3.4, 61}, 3, 10).readings,
      4u)
      << "the reading at 3 counts for both";
}

TEST(IntegrateTest, EmptySpansAndLogsAreUserErrors) {
  const PowerLog log = log_of({0, 3}, constant);
  EXPECT_THROW(integrate_trapezoid(log, {2, 2}, 10), UserError);
  EXPECT_THROW(integrate_trapezoid(log, {2, 1}, 10), UserError);
  EXPECT_THROW(integrate_trapezoid({"log.csv", {}}, {0, 1}, 10), UserError);
  EXPECT_THROW(sum_fixed_interval(log, {1, 2.5}, 3, 10), UserError) << "no reading inside";
  EXPECT_THROW(sum_fixed_interval(log, {0, 3}, 0, 10), UserError);
}

}  // namespace
}  // namespace packrat
