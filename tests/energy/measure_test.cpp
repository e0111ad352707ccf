#include "engine/energy/measure.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "engine/core/error.h"
#include "engine/energy/foreground_command.h"
#include "tests/energy/powercap.h"

namespace packrat {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

EnergyOptions without_counters() {
  EnergyOptions options;
  options.powercap_root = "/no/such/folder";
  return options;
}

/// A log of constant power from a minute ago to a minute ahead.
std::string log_around_now(double watts) {
  std::string text = "timestamp,watts\n";
  for (int second = -60; second <= 60; second += 3)
    text += fmt::format("{:.3f},{}\n", now_seconds() + second, watts);
  return text;
}

TEST(ForegroundCommandTest, ThePassedOnExitCodeIsTheCommands) {
  const HeldSignals signals;
  EXPECT_EQ(run_in_foreground({"true"}, signals).exit_code, 0);
  EXPECT_EQ(run_in_foreground({"sh", "-c", "exit 7"}, signals).exit_code, 7);
  EXPECT_EQ(run_in_foreground({"sh", "-c", "kill -KILL $$"}, signals).exit_code, 137);
  EXPECT_THROW(run_in_foreground({"no-such-program-anywhere"}, signals), UserError);
  EXPECT_THROW(run_in_foreground({}, signals), UserError);
}

TEST(ForegroundCommandTest, ItsTimeIsMeasured) {
  const HeldSignals signals;
  const CommandOutcome outcome = run_in_foreground({"sleep", "0.2"}, signals);
  EXPECT_GE(outcome.seconds, 0.2);
  EXPECT_NEAR(outcome.span.seconds(), outcome.seconds, 0.05);
}

TEST(ForegroundCommandTest, ASignalThatIsSentToUsReachesTheCommand) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    const HeldSignals signals;
    std::thread sender([signal] {
      std::this_thread::sleep_for(200ms);
      ::kill(::getpid(), signal);
    });
    EXPECT_EQ(run_in_foreground({"sleep", "20"}, signals).exit_code, 128 + signal);
    sender.join();
  }
}

TEST(MeasureTest, RaplIsUsedWhereItCanBeRead) {
  const Powercap powercap;
  powercap.zone("intel-rapl:0", "package-0", 5'000'000);
  EnergyOptions options;
  options.powercap_root = powercap.folder.path();
  const std::string counter = (powercap.folder.path() / "intel-rapl:0/energy_uj").string();
  const auto measured = measure_command(
      {"sh", "-c", "sleep 0.1; echo 8000000 > next; mv next " + counter + "; exit 3"}, options, {});
  EXPECT_EQ(measured.exit_code, 3);
  EXPECT_EQ(measured.report.reading.source, "rapl");
  EXPECT_DOUBLE_EQ(*measured.report.net_joules(), 3);
}

TEST(MeasureTest, APowerLogIsUsedWhereThereIsNoRapl) {
  const TempFolder folder;
  EnergyOptions options = without_counters();
  options.power_log = folder.write("log.csv", log_around_now(250));
  options.idle_watts = 50;
  const auto measured = measure_command({"sleep", "0.3"}, options, {});
  const EnergyReport& report = measured.report;
  EXPECT_EQ(report.reading.source, "power_log");
  EXPECT_NEAR(*report.reading.joules, 250 * report.reading.seconds, 250 * 0.05);
  EXPECT_NEAR(*report.net_joules(), 200 * report.reading.seconds, 250 * 0.05);
}

TEST(MeasureTest, ALogThatIsStillWrittenIsWaitedFor) {
  const TempFolder folder;
  EnergyOptions options = without_counters();
  options.power_log = folder.write("log.csv", fmt::format("timestamp,watts\n{:.3f},100\n", now_seconds()));
  std::thread writer([&] {
    std::this_thread::sleep_for(600ms);
    std::ofstream(*options.power_log, std::ios::app) << fmt::format("{:.3f},100\n", now_seconds());
  });
  const auto measured = measure_command({"sleep", "0.1"}, options, {});
  writer.join();
  EXPECT_LT(measured.report.reading.log.held_seconds, 0.05) << "the reading that came later bounds the span";
  EXPECT_NEAR(*measured.report.reading.joules, 100 * measured.report.reading.seconds, 2);
}

TEST(MeasureTest, IdlePowerIsMeasuredBeforeTheCommand) {
  const TempFolder folder;
  EnergyOptions options = without_counters();
  options.power_log = folder.write("log.csv", log_around_now(90));
  options.idle_seconds = 0.3;
  const EnergyReport report = measure_command({"sleep", "0.1"}, options, {}).report;
  EXPECT_NEAR(*report.idle_watts, 90, 0.1);
  EXPECT_NEAR(*report.net_joules(), 0, 1);
}

TEST(MeasureTest, WithoutASourceTheCommandRunsAndTimeIsReported) {
  const auto measured = measure_command({"sh", "-c", "exit 4"}, without_counters(), {});
  EXPECT_EQ(measured.exit_code, 4);
  EXPECT_EQ(measured.report.reading.source, "none");
  EXPECT_GT(measured.report.reading.seconds, 0);
  EXPECT_THAT(measured.report.reading.why_none, HasSubstr("/no/such/folder"));
}

TEST(MeasureTest, ALogOfAnotherTimeDoesNotLoseTheExitCode) {
  const TempFolder folder;
  EnergyOptions options = without_counters();
  options.gap_limit_seconds = 0.2;
  options.power_log = folder.write("log.csv", "timestamp,watts\n1,100\n2,100\n");
  const auto measured = measure_command({"sh", "-c", "exit 5"}, options, {});
  EXPECT_EQ(measured.exit_code, 5);
  EXPECT_EQ(measured.report.reading.source, "none");
  EXPECT_THAT(measured.report.reading.why_none, HasSubstr("time zone"));
}

TEST(MeasureTest, WrongOptionsAreFoundBeforeTheCommandRuns) {
  const TempFolder folder;
  const auto touched = folder.path() / "touched";
  const auto refuse = [&](void (*change)(EnergyOptions&)) {
    EnergyOptions options = without_counters();
    change(options);
    EXPECT_THROW(measure_command({"touch", touched.string()}, options, {}), UserError);
    EXPECT_FALSE(std::filesystem::exists(touched));
  };
  refuse([](EnergyOptions& o) { o.source = "plug"; });
  refuse([](EnergyOptions& o) { o.source = "power_log"; });
  refuse([](EnergyOptions& o) { o.power_log = "/no/such/log.csv"; });
  refuse([](EnergyOptions& o) { o.fixed_interval_seconds = 3; });
  refuse([](EnergyOptions& o) { o.idle_watts = -1; });
  refuse([](EnergyOptions& o) { o.idle_watts = 1, o.idle_seconds = 1; });
  refuse([](EnergyOptions& o) { o.gap_limit_seconds = 0; });
}

TEST(MeasureTest, ASpanOfALogIsIntegratedWithoutRunningAnything) {
  const TempFolder folder;
  EnergyOptions options;
  options.power_log = folder.write("log.csv", "timestamp,watts\n0,100\n3,200\n6,300\n9,400\n");
  EXPECT_NEAR(*integrate_log({1, 8}, options).net_joules(), 7 * 250, 1e-9);
  options.fixed_interval_seconds = 3;
  EXPECT_NEAR(*integrate_log({1, 8}, options).net_joules(), 3 * (200 + 300), 1e-9);
  EXPECT_THROW(integrate_log({1, 8}, EnergyOptions{}), UserError);
}

}  // namespace
}  // namespace packrat
