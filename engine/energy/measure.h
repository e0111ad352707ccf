#pragma once
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/energy/energy_meter.h"

namespace packrat {

struct MeasuredCommand {
  int exit_code = 0;  ///< the command's; 128 + n when signal n ended it
  EnergyReport report;
};

/// Runs a command and measures it from its start to its end. UserError when options are wrong, the log cannot
/// be read, or the command cannot be started; once it ran, whatever goes wrong with the energy is told in the
/// report, beside its time and exit code. A log that is still written gets `gap_limit_seconds` to reach the
/// command's end. Interrupted when a signal arrives before the command is started.
MeasuredCommand measure_command(const std::vector<std::string>& command, const EnergyOptions& options,
                                const ProgressFn& progress);

/// Energy of a span of a log, without running anything. UserError as for integrate_trapezoid().
EnergyReport integrate_log(const TimeSpan& span, const EnergyOptions& options);

}  // namespace packrat
