#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/energy/energy_report.h"
#include "engine/energy/power_log.h"
#include "engine/energy/rapl_meter.h"

namespace packrat {

/// How energy is to be found and what is to be made of it.
struct EnergyOptions {
  std::string source = "auto";  ///< "rapl", "power_log", or "auto": RAPL where readable, else the log
  std::optional<std::filesystem::path> power_log;
  PowerLogFormat format;
  std::optional<double> fixed_interval_seconds;  ///< the published sum instead of the trapezoid rule
  double gap_limit_seconds = 10;
  std::optional<double> idle_watts;    ///< known idle power ...
  std::optional<double> idle_seconds;  ///< ... or for how long to measure it before the command
  CarbonIntensity carbon = carbon_intensities().front();
  std::filesystem::path powercap_root = kPowercapRoot;
};

/// UserError that names the value, for values out of range and options that exclude each other.
void validate(const EnergyOptions& options);

/// Measures the machine from its construction on: with RAPL, else with a power log, else time alone, and says
/// why.
class EnergyMeter {
 public:
  /// UserError when options are wrong or the log cannot be read; afterwards nothing throws.
  explicit EnergyMeter(const EnergyOptions& options);

  /// False when neither counters nor a log can be read.
  bool can_measure() const;
  /// The reading up to now, with the log as it is. May be called at any time; metering continues.
  EnergyReading so_far();
  /// Ends measuring, and gives a log that is still written `gap_limit_seconds` to reach this moment. To be
  /// called once.
  EnergyReading stop();

 private:
  EnergyReading read_log(bool wait) const;

  EnergyOptions options_;
  std::unique_ptr<RaplMeter> rapl_;  ///< null with a log
  double from_;                      ///< seconds since 1970
  Timer timer_;
};

/// A reading with what the options say of idle power and carbon.
EnergyReport report_of(EnergyReading reading, const EnergyOptions& options);

/// Energy of a span of a log, by the rule that the options choose. UserError as for integrate_trapezoid().
EnergyReading log_reading(const PowerLog& log, const TimeSpan& span, const EnergyOptions& options);

}  // namespace packrat
