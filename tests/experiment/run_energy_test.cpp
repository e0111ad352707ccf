#include "engine/experiment/run_energy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/validate.h"
#include "tests/data/expect_error.h"
#include "tests/energy/powercap.h"
#include "tests/experiment/small_run.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

class RunEnergyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new SmallWorld; }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }
  RunEnergyTest() { powercap_.zone("intel-rapl:0", "package-0", 0); }

  RunConfig config(const std::string& name) const {
    RunConfig config = world_->config(name);
    config.energy = true;
    config.powercap_dir = powercap_.folder.path().string();
    return config;
  }
  /// Every call of the progress function takes a joule.
  RunHooks burning() {
    RunHooks hooks;
    hooks.progress = [this](std::string_view, std::int64_t, std::int64_t) {
      powercap_.set("intel-rapl:0", ++joules_ * 1'000'000);
    };
    return hooks;
  }
  static nlohmann::json energy_of(const RunConfig& c) {
    return nlohmann::json::parse(read_text(RunFolder(c).result)).value("energy", nlohmann::json());
  }

  static SmallWorld* world_;
  const Powercap powercap_;
  std::uint64_t joules_ = 0;
};
SmallWorld* RunEnergyTest::world_ = nullptr;

TEST_F(RunEnergyTest, TheWholeRunIsMeasuredAndNothingElseChanges) {
  RunConfig c = config("measured");
  c.carbon_intensity = "500";
  const RunRecord record = run_experiment(c, false, burning());
  const nlohmann::json energy = energy_of(c);
  EXPECT_EQ(energy.at("source"), "rapl");
  EXPECT_GT(joules_, 5u);
  EXPECT_DOUBLE_EQ(energy.at("joules"), static_cast<double>(joules_));
  EXPECT_EQ(energy.at("domains").at(0).at("name"), "package-0");
  EXPECT_DOUBLE_EQ(energy.at("kwh"), static_cast<double>(joules_) / 3.6e6);
  EXPECT_DOUBLE_EQ(energy.at("kg_co2e"), static_cast<double>(joules_) / 3.6e6 * 0.5);
  double seconds = 0;
  for (const auto& [phase, taken] : record.seconds)
    seconds += phase == "decode" ? 0 : taken;  // part of train
  EXPECT_GE(energy.at("seconds").get<double>(), 0.9 * seconds);
  RunConfig unmeasured = c;
  unmeasured.energy = false;
  unmeasured.exp_name = "unmeasured";
  EXPECT_EQ(run_experiment(unmeasured, false, {}).final_score().acc, record.final_score().acc);
  EXPECT_TRUE(energy_of(unmeasured).is_null());
  EXPECT_EQ(default_exp_name(c), default_exp_name(unmeasured));
}

TEST_F(RunEnergyTest, WithoutASourceTheRunEndsWellAndTimeIsReported) {
  RunConfig c = config("no source");
  c.powercap_dir = "/no/such/folder";
  run_experiment(c, false, {});
  EXPECT_EQ(energy_of(c).at("source"), "none");
  EXPECT_TRUE(energy_of(c).at("joules").is_null());
  EXPECT_GT(energy_of(c).at("seconds").get<double>(), 0);
  EXPECT_THAT(energy_of(c).at("why").get<std::string>(), HasSubstr("/no/such/folder"));
}

TEST_F(RunEnergyTest, ACounterThatFallsBackCostsNothingButTheFigure) {
  RunConfig c = config("fell back");
  powercap_.set("intel-rapl:0", 5'000'000);
  RunHooks hooks;
  hooks.progress = [this](std::string_view, std::int64_t, std::int64_t) {
    powercap_.set("intel-rapl:0", 1'000'000);
  };
  run_experiment(c, false, hooks);
  EXPECT_EQ(energy_of(c).at("source"), "none");
  EXPECT_TRUE(energy_of(c).at("joules").is_null());
  EXPECT_THAT(energy_of(c).at("why").get<std::string>(), HasSubstr("fell from 5.000 to 1.000 J"));
}

TEST_F(RunEnergyTest, ALogThatGoesAwayCostsNothingButTheFigure) {
  RunConfig c = config("lost log");
  c.powercap_dir = "/no/such/folder";
  c.power_log = powercap_.folder.write("log.csv", "timestamp,watts\n1,100\n2,100\n").string();
  RunHooks hooks;
  hooks.progress = [&](std::string_view, std::int64_t, std::int64_t) {
    std::filesystem::remove(c.power_log);
  };
  run_experiment(c, false, hooks);
  EXPECT_EQ(energy_of(c).at("source"), "none");
  EXPECT_THAT(energy_of(c).at("why").get<std::string>(), HasSubstr("log.csv"));
}

TEST_F(RunEnergyTest, APowerLogTakesTheCountersPlace) {
  RunConfig c = config("log");
  c.powercap_dir = "/no/such/folder";
  c.idle_watts = "20";
  std::string log = "timestamp,watts\n";
  for (int second = -10; second <= 300; second += 5)
    log += fmt::format("{:.3f},100\n", now_seconds() + second);
  c.power_log = powercap_.folder.write("log.csv", log).string();
  run_experiment(c, false, {});
  const nlohmann::json energy = energy_of(c);
  EXPECT_EQ(energy.at("source"), "power_log");
  EXPECT_NEAR(energy.at("net_joules").get<double>(), 80 * energy.at("seconds").get<double>(), 100 * 0.05);
}

TEST_F(RunEnergyTest, AResumedRunAddsWhatItsEarlierStartsUsed) {
  const RunConfig c = config("resumed");
  RunHooks stopping = burning();
  stopping.progress = [burn = stopping.progress](std::string_view phase, std::int64_t done,
                                                 std::int64_t total) {
    burn(phase, done, total);
    if (phase == "train") stop_requested() = true;
  };
  EXPECT_THROW(run_experiment(c, false, stopping), Interrupted);
  stop_requested() = false;
  const std::uint64_t first = joules_;
  EXPECT_GT(first, 0u);
  powercap_.set("intel-rapl:0", (joules_ += 1000) * 1'000'000);  // while nothing ran
  run_experiment(c, true, burning());
  EXPECT_DOUBLE_EQ(energy_of(c).at("joules"), static_cast<double>(joules_ - 1000));
}

TEST_F(RunEnergyTest, ARunThatBeganWithoutItHasNoSum) {
  RunConfig c = config("begun without");
  c.energy = false;
  RunHooks stopping;
  stopping.progress = [](std::string_view phase, std::int64_t, std::int64_t) {
    if (phase == "train") stop_requested() = true;
  };
  EXPECT_THROW(run_experiment(c, false, stopping), Interrupted);
  stop_requested() = false;
  c.energy = true;
  run_experiment(c, true, burning());
  EXPECT_EQ(energy_of(c).at("source"), "none");
  EXPECT_THAT(energy_of(c).at("why").get<std::string>(), HasSubstr("without --energy"));
}

TEST(RunEnergyOptionsTest, MistakesAreFoundBeforeAnyWork) {
  const auto refused = [](const std::set<std::string>& given, void (*change)(RunConfig&)) {
    RunConfig config;
    change(config);
    return user_error([&] { validate(config, given); });
  };
  EXPECT_THAT(refused({"power_log"}, [](RunConfig& c) { c.power_log = "log.csv"; }), HasSubstr("--energy"));
  EXPECT_THAT(refused({}, [](RunConfig& c) { c.energy = true, c.carbon = "mars"; }),
              HasSubstr("uk-published"));
  EXPECT_THAT(refused({}, [](RunConfig& c) { c.energy = true, c.carbon_intensity = "-1"; }),
              HasSubstr("0 to 10000"));
  EXPECT_THAT(refused({}, [](RunConfig& c) { c.energy = true, c.carbon_intensity = "much"; }),
              HasSubstr("g/kWh"));
  EXPECT_THAT(refused({}, [](RunConfig& c) { c.energy = true, c.idle_watts = "-5"; }),
              HasSubstr("idle_watts"));
  EXPECT_THAT(refused({}, [](RunConfig& c) { c.energy = true, c.time_zone = "Mars"; }), HasSubstr("Mars"));
  EXPECT_THAT(refused({}, [](RunConfig& c) { c.energy = true, c.carbon = "mars", c.carbon_intensity = "1"; }),
              HasSubstr("exclude each other"));
  RunConfig fine;
  fine.energy = true;
  fine.carbon_intensity = "30.5";
  EXPECT_DOUBLE_EQ(energy_options(fine).carbon.grams_per_kwh, 30.5);
  fine.carbon_intensity.clear();
  EXPECT_DOUBLE_EQ(energy_options(fine).carbon.grams_per_kwh, 253);
}

}  // namespace
}  // namespace packrat
