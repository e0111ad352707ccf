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

/// Refused by the counters after a reading of `now` that came `seconds` after `before`.
std::string refusal_of(std::uint64_t before, std::uint64_t now, std::uint64_t range, double seconds) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", before, range);
  double time = 0;
  RaplCounters counters(powercap.folder.path(), [&time] { return time; });
  powercap.set("intel-rapl:0", now);
  time = seconds;
  try {
    counters.sample();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(RaplTest, NoCounterGivesAFigureThatNoPackageCanReach) {
  constexpr std::uint64_t kRange = 262143328850;  // 262 kJ
  struct Case {
    const char* what;
    std::uint64_t before, now, range;
    double seconds;
    const char* refusal;  ///< empty: it is a reading
  };
  for (const Case& c : {
           Case{"goes on", 5'000'000, 105'000'000, kRange, 1, ""},
           Case{"comes round", kRange - 1'000'000, 99'000'000, kRange, 1, ""},
           Case{"falls back", 5'000'000, 1'000'000, kRange, 1,
                "fell from 5.000 to 1.000 J without reaching its range"},
           Case{"falls to nothing", 200'000'000'000, 0, kRange, 1, "fell from"},
           Case{"falls with a range of 65 kJ", 5'000'000, 1'000'000, 65'532'610'987, 1, "fell from"},
           Case{"was above its range", 2'000, 10, 1'000, 1, "fell from"},
           Case{"has no range", 2'000, 10, 0, 1, "fell from"},
           Case{"leaps", 5'000'000, 200'000'000'000, kRange, 1, "rose by 199995.000 J in 1.000 s"},
           Case{"leaps as far as a number goes", 0, ~std::uint64_t{0}, ~std::uint64_t{0}, 1, "rose by"},
           Case{"much in a long time", 0, 60'000'000'000, kRange, 40, ""},
           Case{"was not read for long", 0, 60'000'000'000, kRange, 600, "was not read for 600 s"},
       }) {
    const std::string refusal = refusal_of(c.before, c.now, c.range, c.seconds);
    if (*c.refusal == '\0')
      EXPECT_EQ(refusal, "") << c.what;
    else
      EXPECT_THAT(refusal, HasSubstr(c.refusal)) << c.what;
  }
}

TEST(RaplTest, AZoneThatIsNotCountedTurnsNothingOff) {
  for (const char* const lost : {"intel-rapl:0/intel-rapl:0:0", "intel-rapl:2"}) {
    const Powercap powercap;
    two_packages(powercap);
    std::filesystem::remove(powercap.folder.path() / lost / "energy_uj");
    RaplCounters counters(powercap.folder.path());
    powercap.set("intel-rapl:0", 4'000'000);
    counters.sample();
    EXPECT_EQ(counters.domains().size(), 5u) << lost;
    EXPECT_DOUBLE_EQ(counted_joules(counters.domains()), 3);
  }
  const Powercap powercap;
  two_packages(powercap);
  RaplCounters counters(powercap.folder.path());
  powercap.set("intel-rapl:2", 1);  // falls back on the way
  powercap.set("intel-rapl:1", 2'500'000);
  std::filesystem::remove(powercap.folder.path() / "intel-rapl:0/intel-rapl:0:0/energy_uj");
  counters.sample();
  EXPECT_EQ(counters.domains().size(), 4u);
  EXPECT_DOUBLE_EQ(counted_joules(counters.domains()), 0.5);
}

TEST(RaplTest, FoldersWithOddNamesAreNoZones) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 1);
  for (const char* const name : {"intel-rapl:", "intel-rapl:x", "intel-rapl:0x",
                                 "intel-rapl:99999999999999999999999", "intel-rapl:-1", "intel-rapl"})
    powercap.zone(name, "package-9", 1);
  EXPECT_EQ(RaplCounters(powercap.folder.path()).domains().size(), 1u);
}

TEST(RaplMeterTest, APackageThatDoesNotMoveMeasuresNothing) {
  using namespace std::chrono_literals;
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 5);
  RaplMeter meter(powercap.folder.path(), 0.1);
  std::this_thread::sleep_for(1100ms);
  const EnergyReading still = meter.so_far();
  EXPECT_EQ(still.source, "none");
  EXPECT_THAT(still.why_none, HasSubstr("did not move"));
  powercap.set("next", 1'000'005);
  std::filesystem::rename(powercap.folder.path() / "next/energy_uj",
                          powercap.folder.path() / "intel-rapl:0/energy_uj");
  EXPECT_DOUBLE_EQ(meter.stop().joules.value(), 1) << "once it moves it counts";
}

TEST(RaplMeterTest, ACounterThatFallsBackLeavesASentenceAndNoFigure) {
  using namespace std::chrono_literals;
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 5'000'000);
  RaplMeter meter(powercap.folder.path(), 0.05);
  powercap.set("next", 1'000'000);
  std::filesystem::rename(powercap.folder.path() / "next/energy_uj",
                          powercap.folder.path() / "intel-rapl:0/energy_uj");
  std::this_thread::sleep_for(200ms);
  powercap.set("intel-rapl:0", 2'000'000);
  const EnergyReading reading = meter.stop();
  EXPECT_EQ(reading.source, "none");
  EXPECT_FALSE(reading.joules);
  EXPECT_THAT(reading.why_none, HasSubstr("without reaching its range"));
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
