#include "engine/energy/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/energy/foreground_command.h"

namespace packrat {
namespace {

void wait_idle(double seconds, const ProgressFn& progress) {
  const Timer timer;
  const auto total = static_cast<std::int64_t>(std::ceil(seconds));
  while (timer.seconds() < seconds) {
    if (stop_requested())
      throw Interrupted("stopped while idle power was measured: the command was not started");
    if (progress) progress("idle power", static_cast<std::int64_t>(timer.seconds()), total);
    std::this_thread::sleep_for(
        std::chrono::duration<double>(std::min(0.1, seconds - timer.seconds() + 1e-3)));
  }
  if (progress) progress("idle power", total, total);
}

/// Watts before the command; nothing when there is no source, which the command's own report says.
std::optional<EnergyReading> measure_idle(const EnergyOptions& options, const ProgressFn& progress) {
  EnergyMeter meter(options);
  if (!meter.can_measure()) return std::nullopt;
  wait_idle(*options.idle_seconds, progress);
  EnergyReading idle = meter.stop();
  if (!idle.joules)
    throw UserError(
        fmt::format("idle power cannot be measured: {}; the command was not started", idle.why_none));
  return idle;
}

}  // namespace

MeasuredCommand measure_command(const std::vector<std::string>& command, const EnergyOptions& options,
                                const ProgressFn& progress) {
  validate(options);
  std::optional<EnergyReading> idle;
  if (options.idle_seconds) idle = measure_idle(options, progress);
  std::unique_ptr<EnergyMeter> meter;
  const CommandOutcome outcome = [&] {
    const HeldSignals signals;
    meter = std::make_unique<EnergyMeter>(options);
    return run_in_foreground(command, signals);
  }();
  MeasuredCommand measured{outcome.exit_code, report_of(meter->stop(), options)};
  measured.report.reading.seconds = outcome.seconds;
  if (idle) {
    measured.report.idle_watts = *idle->joules / idle->seconds;
    measured.report.idle_source = fmt::format("measured for {:.1f} s before", idle->seconds);
  }
  return measured;
}

EnergyReport integrate_log(const TimeSpan& span, const EnergyOptions& options) {
  validate(options);
  if (!options.power_log) throw UserError("no power log: give one with --power_log FILE.csv");
  return report_of(log_reading(read_power_log(*options.power_log, options.format), span, options), options);
}

}  // namespace packrat
