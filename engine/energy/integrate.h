#pragma once
#include <cstddef>
#include <vector>

#include "engine/energy/power_log.h"

namespace packrat {

/// A span of time, seconds since 1970.
struct TimeSpan {
  double from = 0, to = 0;
  double seconds() const { return to - from; }
};

/// Energy of a span, and what it rests on.
struct LogEnergy {
  double joules = 0;
  std::size_t readings = 0;    ///< inside the span
  std::vector<TimeSpan> gaps;  ///< stretches of the span between readings further apart than the limit
  double held_seconds = 0;     ///< at the span's ends, before the first or after the last reading
};

/// Joules by the trapezoid rule: power runs straight from reading to reading, whatever their distance, and is
/// interpolated at the span's ends. Gaps are bridged by their straight line and listed. Before the first and
/// after the last reading the nearest power is held, for `gap_limit_seconds` at most. UserError when the span
/// is empty or the log does not reach it.
LogEnergy integrate_trapezoid(const PowerLog& log, const TimeSpan& span, double gap_limit_seconds);

/// The published study's sum: interval_seconds x the sum of the readings in [floor(from), floor(to)], both
/// ends included. It takes every reading to stand for one interval, so gaps lose energy, and one reading can
/// be counted by two neighbouring spans. Gaps are listed as above. UserError when no reading lies there.
LogEnergy sum_fixed_interval(const PowerLog& log, const TimeSpan& span, double interval_seconds,
                             double gap_limit_seconds);

}  // namespace packrat
