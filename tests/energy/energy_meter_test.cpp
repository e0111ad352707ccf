#include "engine/energy/energy_meter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/core/error.h"
#include "tests/energy/powercap.h"

namespace packrat {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

EnergyReading rapl_reading(double seconds, double package, double memory) {
  EnergyReading reading;
  reading.seconds = seconds;
  reading.source = "rapl";
  reading.method = "RAPL";
  reading.joules = package + memory;
  reading.domains = {{"package-0", package, true}, {"package-0/dram", memory, true}, {"psys", 99, false}};
  return reading;
}

EnergyReading log_reading_of(double seconds, double joules) {
  EnergyReading reading;
  reading.seconds = seconds;
  reading.source = "power_log";
  reading.method = "power log, trapezoid rule";
  reading.joules = joules;
  reading.log = {joules, 7, {{1000, 1030.5}}, 0.25};
  return reading;
}

EnergyReading nothing(double seconds, const std::string& why) {
  EnergyReading reading;
  reading.seconds = seconds;
  reading.why_none = why;
  return reading;
}

TEST(EnergyMeterTest, ReadsOnTheWayAndAtTheEnd) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 1'000'000);
  EnergyOptions options;
  options.powercap_root = powercap.folder.path();
  EnergyMeter meter(options);
  EXPECT_TRUE(meter.can_measure());
  powercap.set("intel-rapl:0", 3'000'000);
  EXPECT_DOUBLE_EQ(*meter.so_far().joules, 2);
  EXPECT_DOUBLE_EQ(*meter.so_far().joules, 2) << "reading does not count twice";
  powercap.set("intel-rapl:0", 7'500'000);
  const EnergyReading whole = meter.stop();
  EXPECT_EQ(whole.source, "rapl");
  EXPECT_DOUBLE_EQ(*whole.joules, 6.5);
  EXPECT_GE(whole.seconds, 0);
}

TEST(EnergyMeterTest, ALogOfConstantPowerGivesPowerTimesTime) {
  const TempFolder folder;
  std::string log = "timestamp,watts\n";
  for (int second = -5; second <= 30; ++second) log += fmt::format("{:.3f},120\n", now_seconds() + second);
  EnergyOptions options;
  options.powercap_root = "/no/such/folder";
  options.power_log = folder.write("log.csv", log);
  EnergyMeter meter(options);
  EXPECT_TRUE(meter.can_measure());
  std::this_thread::sleep_for(100ms);
  const EnergyReading part = meter.so_far(), whole = meter.stop();
  EXPECT_EQ(part.source, "power_log");
  EXPECT_NEAR(*part.joules, 120 * part.seconds, 120 * 0.02);
  EXPECT_NEAR(*whole.joules, 120 * whole.seconds, 120 * 0.02);
  EXPECT_GE(whole.seconds, part.seconds);
}

TEST(EnergyMeterTest, WithoutASourceItSaysWhyAndOnlyMistakesAreErrors) {
  EnergyOptions options;
  options.powercap_root = "/no/such/folder";
  EnergyMeter meter(options);
  EXPECT_FALSE(meter.can_measure());
  EXPECT_FALSE(meter.so_far().joules);
  const EnergyReading reading = meter.stop();
  EXPECT_EQ(reading.source, "none");
  EXPECT_THAT(reading.why_none, HasSubstr("/no/such/folder"));
  options.power_log = "/no/such/log.csv";
  EXPECT_THROW(EnergyMeter{options}, UserError);
}

TEST(EnergyReadingTest, StretchesOfOneSourceAddUp) {
  const EnergyReading sum = rapl_reading(10, 100, 20) + rapl_reading(5, 50, 7);
  EXPECT_EQ(sum.source, "rapl");
  EXPECT_DOUBLE_EQ(sum.seconds, 15);
  EXPECT_DOUBLE_EQ(*sum.joules, 177);
  ASSERT_EQ(sum.domains.size(), 3u);
  EXPECT_DOUBLE_EQ(sum.domains[1].joules, 27);
  EXPECT_DOUBLE_EQ(counted_joules(sum.domains), *sum.joules);
  const EnergyReading logs = log_reading_of(10, 100) + log_reading_of(5, 50);
  EXPECT_DOUBLE_EQ(*logs.joules, 150);
  EXPECT_EQ(logs.log.readings, 14u);
  EXPECT_EQ(logs.log.gaps.size(), 2u);
}

TEST(EnergyReadingTest, AnUnmeasuredStretchLeavesNoSumButATime) {
  const EnergyReading measured = rapl_reading(10, 100, 20);
  for (const EnergyReading& sum :
       {measured + nothing(5, "no counters"), nothing(5, "no counters") + measured}) {
    EXPECT_EQ(sum.source, "none");
    EXPECT_FALSE(sum.joules);
    EXPECT_DOUBLE_EQ(sum.seconds, 15);
    EXPECT_THAT(sum.why_none, HasSubstr("no counters"));
  }
  EXPECT_THAT((measured + log_reading_of(5, 50)).why_none, HasSubstr("one part was measured by rapl"));
}

TEST(EnergyReadingTest, IsReadBackFromItsJson) {
  for (const EnergyReading& reading : {rapl_reading(10, 100, 20), log_reading_of(5, 50), nothing(3, "why")}) {
    const nlohmann::json json = reading_to_json(reading);
    const EnergyReading again = reading_from_json(nlohmann::json::parse(json.dump()));
    EXPECT_EQ(reading_to_json(again), json);
    EXPECT_EQ(again.joules, reading.joules);
    EXPECT_EQ(again.log.joules, reading.log.joules);
  }
  EXPECT_THROW(reading_from_json(nlohmann::json::parse("{}")), nlohmann::json::exception);
}

}  // namespace
}  // namespace packrat
