#include "engine/energy/rapl.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "engine/core/error.h"
#include "engine/energy/rapl_meter.h"
#include "tests/energy/powercap.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

/// Two packages with their memory and cores, the whole platform, and the same counters by another way.
void two_packages(const Powercap& powercap) {
  powercap.zone("intel-rapl:0", "package-0", 1'000'000);
  powercap.zone("intel-rapl:0/intel-rapl:0:0", "core", 500'000);
  powercap.zone("intel-rapl:0/intel-rapl:0:1", "dram", 10);
  powercap.zone("intel-rapl:1", "package-1", 2'000'000);
  powercap.zone("intel-rapl:1/intel-rapl:1:0", "dram", 20);
  powercap.zone("intel-rapl:2", "psys", 7'000'000);
  powercap.zone("intel-rapl-mmio:0", "package-0", 1'000'000);
  powercap.zone("intel-rapl:0:0", "core", 500'000);  // sysfs also lists the parts flat
}

TEST(RaplTest, PackagesAndMemoryAddUpAndTheirPartsDoNot) {
  const Powercap powercap;
  two_packages(powercap);
  RaplCounters counters(powercap.folder.path());
  powercap.set("intel-rapl:0", 4'000'000);
  powercap.set("intel-rapl:0/intel-rapl:0:0", 2'500'000);
  powercap.set("intel-rapl:0/intel-rapl:0:1", 500'010);
  powercap.set("intel-rapl:1", 2'250'000);
  powercap.set("intel-rapl:2", 17'000'000);
  powercap.set("intel-rapl-mmio:0", 4'000'000);
  counters.sample();
  const auto domains = counters.domains();
  const std::vector<std::tuple<std::string, double, bool>> expected{
      {"package-0", 3, true},      {"package-0/dram", 0.5, true}, {"package-1", 0.25, true},
      {"package-1/dram", 0, true}, {"package-0/core", 2, false},  {"psys", 10, false}};
  ASSERT_EQ(domains.size(), expected.size());
  for (std::size_t i = 0; i < domains.size(); ++i) {
    EXPECT_EQ(domains[i].name, std::get<0>(expected[i]));
    EXPECT_DOUBLE_EQ(domains[i].joules, std::get<1>(expected[i])) << domains[i].name;
    EXPECT_EQ(domains[i].counted, std::get<2>(expected[i])) << domains[i].name;
  }
  EXPECT_DOUBLE_EQ(counted_joules(domains), 3.75);
}

TEST(RaplTest, ACounterThatComesRoundGoesOn) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 900, 1000);
  RaplCounters counters(powercap.folder.path());
  for (const std::uint64_t now : {950u, 50u, 40u, 999u, 0u}) {  // +50, +100, +990, +959, +1
    powercap.set("intel-rapl:0", now);
    counters.sample();
  }
  EXPECT_DOUBLE_EQ(counters.domains()[0].joules, (50 + 100 + 990 + 959 + 1) * 1e-6);
}

TEST(RaplTest, AMachineWithoutCountersSaysSo) {
  const Powercap empty;
  for (const auto& root : {empty.folder.path(), std::filesystem::path("/no/such/folder")}) try {
      RaplCounters counters(root);
      ADD_FAILURE() << root;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr("no energy counters"));
    }
}

TEST(RaplTest, CountersThatCannotBeReadAreNamed) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 1);
  std::filesystem::remove(powercap.folder.path() / "intel-rapl:0/energy_uj");
  const auto refusal = [&] {
    try {
      RaplCounters counters(powercap.folder.path());
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("not refused");
  };
  EXPECT_THAT(refusal(),
              HasSubstr("cannot read " + (powercap.folder.path() / "intel-rapl:0/energy_uj").string()));
  powercap.folder.write("intel-rapl:0/energy_uj", "12x\n");
  EXPECT_THAT(refusal(), HasSubstr("'12x'"));
}

TEST(RaplMeterTest, PollsOftenEnoughToSeeEveryRound) {
  using namespace std::chrono_literals;
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 0, 1'000'000);
  RaplMeter meter(powercap.folder.path(), 0.005);
  for (const std::uint64_t now : {600'000u, 200'000u, 800'000u, 400'000u}) {  // 2.4 J in all, over two rounds
    // Replaced at once, as a counter is: a reader never meets an empty file.
    powercap.set("next", now);
    std::filesystem::rename(powercap.folder.path() / "next/energy_uj",
                            powercap.folder.path() / "intel-rapl:0/energy_uj");
    std::this_thread::sleep_for(200ms);
  }
  const EnergyReading reading = meter.stop();
  EXPECT_EQ(reading.source, "rapl");
  EXPECT_NEAR(*reading.joules, 2.4, 1e-9);
  EXPECT_GT(reading.seconds, 0.7);
}

TEST(RaplMeterTest, WithoutCountersItMeasuresTimeAlone) {
  RaplMeter meter("/no/such/folder");
  EXPECT_FALSE(meter.can_measure());
  const EnergyReading reading = meter.stop();
  EXPECT_EQ(reading.source, "none");
  EXPECT_FALSE(reading.joules);
  EXPECT_THAT(reading.why_none, HasSubstr("/no/such/folder"));
}

TEST(RaplMeterTest, ACounterThatGoesAwayEndsTheMeasurement) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 0);
  RaplMeter meter(powercap.folder.path());
  std::filesystem::remove(powercap.folder.path() / "intel-rapl:0/energy_uj");
  const EnergyReading reading = meter.stop();
  EXPECT_EQ(reading.source, "none");
  EXPECT_FALSE(reading.joules);
}

}  // namespace
}  // namespace packrat
