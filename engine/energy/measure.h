#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/energy/energy_report.h"
#include "engine/energy/power_log.h"

namespace packrat {

/// How energy is to be found and what is to be made of it.
struct EnergyOptions {
  std::string source = "auto";  ///< "rapl", "power_log", or "auto": RAPL where readable, else the log
  std::optional<std::filesystem::path> power_log;
  PowerLogFormat format;
  std::optional<double> fixed_interval_seconds;  ///< the published sum instead of the trapezoid rule
  double gap_limit_seconds = 10;
  std::optional<double> idle_watts;       ///< known idle power ...
  std::optional<double> idle_seconds;     ///< ... or for how long to measure it before the command
  CarbonIntensity carbon = carbon_intensities().front();
  std::filesystem::path powercap_root = kPowercapRoot;
};

/// UserError that names the value, for values out of range and options that exclude each other.
void validate(const EnergyOptions& options);

struct MeasuredCommand {
  int exit_code = 0;  ///< the command's; 128 + n when signal n ended it
  EnergyReport report;
};

/// Runs a command and measures it from its start to its end. UserError when options are wrong, the log cannot be
/// read, or the command cannot be started; once it ran, whatever goes wrong with the energy is told in the
/// report, beside its time and exit code. A log that is still written gets `gap_limit_seconds` to reach the
/// command's end. Interrupted when a signal arrives before the command is started.
MeasuredCommand measure_command(const std::vector<std::string>& command, const EnergyOptions& options,
                                const ProgressFn& progress);

/// Energy of a span of a log, without running anything. UserError as for integrate_trapezoid().
EnergyReport integrate_log(const TimeSpan& span, const EnergyOptions& options);

}  // namespace packrat
