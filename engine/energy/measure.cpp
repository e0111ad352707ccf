#include "engine/energy/measure.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/energy/foreground_command.h"
#include "engine/energy/rapl_meter.h"

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

EnergyReading log_reading(const PowerLog& log, const TimeSpan& span, const EnergyOptions& options) {
  EnergyReading reading;
  reading.seconds = span.seconds();
  reading.log = energy_of(log, span, options);
  reading.joules = reading.log.joules;
  reading.source = "power_log";
  reading.method = options.fixed_interval_seconds
                       ? fmt::format("power log, published sum of readings x {:g} s", *options.fixed_interval_seconds)
                       : "power log, trapezoid rule";
  return reading;
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

/// Waits; the time that passed is what is to be measured.
TimeSpan idle_span(double seconds, const ProgressFn& progress) {
  TimeSpan span{now_seconds(), 0};
  const Timer timer;
  const auto total = static_cast<std::int64_t>(std::ceil(seconds));
  while (timer.seconds() < seconds) {
    if (stop_requested()) throw Interrupted("stopped while idle power was measured: the command was not started");
    if (progress) progress("idle power", static_cast<std::int64_t>(timer.seconds()), total);
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(0.1, seconds - timer.seconds() + 1e-3)));
  }
  if (progress) progress("idle power", total, total);
  span.to = now_seconds();
  return span;
}

/// What a command is measured with: RAPL or a log, chosen once and for idle power, too.
class Meter {
 public:
  explicit Meter(const EnergyOptions& options) : options_(options) {
    if (options.power_log) read_growing(options);  // a log that cannot be read is found before the command runs
    if (options.source == "power_log") return;
    use_rapl_ = RaplMeter(options.powercap_root).can_measure() || !options.power_log;
    if (options.source == "rapl") use_rapl_ = true;
  }

  bool use_rapl() const { return use_rapl_; }

  EnergyReading read_log(const TimeSpan& span) const {
    try {
      return log_reading(log_up_to(span.to, options_), span, options_);
    } catch (const UserError& error) {
      EnergyReading none;
      none.seconds = span.seconds();
      none.why_none = error.what();
      return none;
    }
  }

 private:
  const EnergyOptions& options_;
  bool use_rapl_ = false;
};

void measure_idle(const Meter& meter, const EnergyOptions& options, const ProgressFn& progress,
                  EnergyReport& report) {
  EnergyReading idle;
  if (meter.use_rapl()) {
    RaplMeter rapl(options.powercap_root);
    if (!rapl.can_measure()) return;  // nothing to wait for: the report says why
    idle_span(*options.idle_seconds, progress);
    idle = rapl.stop();
  } else {
    idle = meter.read_log(idle_span(*options.idle_seconds, progress));
  }
  if (!idle.joules)
    throw UserError(fmt::format("idle power cannot be measured: {}; the command was not started", idle.why_none));
  report.idle_watts = *idle.joules / idle.seconds;
  report.idle_source = fmt::format("measured for {:.1f} s before", idle.seconds);
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

MeasuredCommand measure_command(const std::vector<std::string>& command, const EnergyOptions& options,
                                const ProgressFn& progress) {
  validate(options);
  const Meter meter(options);
  MeasuredCommand measured;
  measured.report.carbon = options.carbon;
  measured.report.idle_watts = options.idle_watts;
  if (options.idle_watts) measured.report.idle_source = "given";
  if (options.idle_seconds) measure_idle(meter, options, progress, measured.report);
  EnergyReading& reading = measured.report.reading;
  const CommandOutcome outcome = [&] {
    const HeldSignals signals;
    RaplMeter rapl(options.powercap_root);
    CommandOutcome ended = run_in_foreground(command, signals);
    reading = rapl.stop();
    return ended;
  }();
  if (!meter.use_rapl()) reading = meter.read_log(outcome.span);
  reading.seconds = outcome.seconds;
  measured.exit_code = outcome.exit_code;
  return measured;
}

EnergyReport integrate_log(const TimeSpan& span, const EnergyOptions& options) {
  validate(options);
  if (!options.power_log) throw UserError("no power log: give one with --power_log FILE.csv");
  EnergyReport report;
  report.reading = log_reading(read_power_log(*options.power_log, options.format), span, options);
  report.carbon = options.carbon;
  report.idle_watts = options.idle_watts;
  if (options.idle_watts) report.idle_source = "given";
  return report;
}

}  // namespace packrat
