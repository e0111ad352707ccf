#include "engine/energy/energy_meter.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {

using namespace std::chrono_literals;

constexpr double kDay = 86400;

void require_range(const char* name, const std::optional<double>& value, double low, double high) {
  if (value && !(*value >= low && *value <= high))
    throw UserError(fmt::format("--{} is {}, but must be from {} to {}", name, *value, low, high));
}

LogEnergy energy_of(const PowerLog& log, const TimeSpan& span, const EnergyOptions& options) {
  if (options.fixed_interval_seconds)
    return sum_fixed_interval(log, span, *options.fixed_interval_seconds, options.gap_limit_seconds);
  return integrate_trapezoid(log, span, options.gap_limit_seconds);
}

PowerLog read_growing(const EnergyOptions& options) {
  PowerLogFormat format = options.format;
  format.growing = true;
  return read_power_log(*options.power_log, format);
}

/// The log as soon as it reaches `time`, or as it is when the limit has passed.
PowerLog log_up_to(double time, const EnergyOptions& options) {
  const Timer waited;
  for (;;) {
    PowerLog log = read_growing(options);
    const bool reached = !log.readings.empty() && log.readings.back().time >= time;
    if (reached || stop_requested() || waited.seconds() > options.gap_limit_seconds) return log;
    std::this_thread::sleep_for(200ms);
  }
}

}  // namespace

void validate(const EnergyOptions& options) {
  if (options.source != "auto" && options.source != "rapl" && options.source != "power_log")
    throw UserError(
        fmt::format("--source is '{}', but must be one of: auto, rapl, power_log", options.source));
  if (options.source == "power_log" && !options.power_log)
    throw UserError("--source power_log needs the log: give it with --power_log FILE.csv");
  if (options.fixed_interval_seconds && !options.power_log)
    throw UserError("--fixed_interval belongs to a power log: give one with --power_log FILE.csv");
  if (options.idle_watts && options.idle_seconds)
    throw UserError("--idle_watts and --idle_seconds exclude each other: give one of them");
  require_range("fixed_interval", options.fixed_interval_seconds, 1e-3, kDay);
  require_range("gap_limit", options.gap_limit_seconds, 1e-3, kDay);
  require_range("idle_watts", options.idle_watts, 0, 1e6);
  require_range("idle_seconds", options.idle_seconds, 0.1, kDay);
}

EnergyMeter::EnergyMeter(const EnergyOptions& options) : options_(options) {
  validate(options);
  if (options.power_log) read_growing(options);  // a log that cannot be read is found before any work is done
  if (options.source != "power_log") {
    rapl_ = std::make_unique<RaplMeter>(options.powercap_root);
    if (options.source == "auto" && options.power_log && !rapl_->can_measure()) rapl_.reset();
  }
  from_ = now_seconds();
  timer_ = Timer();
}

bool EnergyMeter::can_measure() const {
  return !rapl_ || rapl_->can_measure();
}

EnergyReading EnergyMeter::read_log(bool wait) const {
  const TimeSpan span{from_, now_seconds()};
  try {
    return log_reading(wait ? log_up_to(span.to, options_) : read_growing(options_), span, options_);
  } catch (const UserError& error) {
    EnergyReading none;
    none.seconds = span.seconds();
    none.why_none = error.what();
    return none;
  }
}

EnergyReading EnergyMeter::so_far() {
  const double seconds = timer_.seconds();
  EnergyReading reading = rapl_ ? rapl_->so_far() : read_log(false);
  reading.seconds = seconds;
  return reading;
}

EnergyReading EnergyMeter::stop() {
  const double seconds = timer_.seconds();
  EnergyReading reading = rapl_ ? rapl_->stop() : read_log(true);
  reading.seconds = seconds;
  return reading;
}

EnergyReport report_of(EnergyReading reading, const EnergyOptions& options) {
  EnergyReport report;
  report.reading = std::move(reading);
  report.carbon = options.carbon;
  report.idle_watts = options.idle_watts;
  if (options.idle_watts) report.idle_source = "given";
  return report;
}

EnergyReading log_reading(const PowerLog& log, const TimeSpan& span, const EnergyOptions& options) {
  EnergyReading reading;
  reading.seconds = span.seconds();
  reading.log = energy_of(log, span, options);
  reading.joules = reading.log.joules;
  reading.source = "power_log";
  reading.method =
      options.fixed_interval_seconds
          ? fmt::format("power log, published sum of readings x {:g} s", *options.fixed_interval_seconds)
          : "power log, trapezoid rule";
  return reading;
}

}  // namespace packrat
