#include "engine/energy/integrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// Power on the straight line through two readings.
double interpolate(const PowerReading& a, const PowerReading& b, double time) {
  return a.watts + (b.watts - a.watts) * ((time - a.time) / (b.time - a.time));
}

void require_span(const TimeSpan& span) {
  if (!(span.from < span.to))
    throw UserError(fmt::format("the span from {} to {} is empty: its end must come after its start",
                                format_timestamp(span.from), format_timestamp(span.to)));
}

/// Seconds of the span that lie before the first and after the last reading.
double seconds_outside(const PowerLog& log, const TimeSpan& span, double limit) {
  const double before = std::max(0.0, log.readings.front().time - span.from),
               after = std::max(0.0, span.to - log.readings.back().time);
  if (before > limit || after > limit)
    throw UserError(fmt::format(
        "{} has readings from {} to {}, which leaves more than {} s of the span from {} to {} without any: "
        "give "
        "the log of that time (is the time zone right?)",
        log.source, format_timestamp(log.readings.front().time), format_timestamp(log.readings.back().time),
        limit, format_timestamp(span.from), format_timestamp(span.to)));
  return before + after;
}

/// The readings with the power at the span's ends put in, nothing outside it.
std::vector<PowerReading> clipped(const std::vector<PowerReading>& readings, const TimeSpan& span) {
  std::vector<PowerReading> inside;
  const auto power_at = [&](double time) {
    const auto next = std::lower_bound(readings.begin(), readings.end(), time,
                                       [](const PowerReading& r, double t) { return r.time < t; });
    if (next == readings.begin()) return next->watts;
    if (next == readings.end()) return readings.back().watts;
    return interpolate(*(next - 1), *next, time);
  };
  inside.push_back({span.from, power_at(span.from)});
  for (const PowerReading& reading : readings)
    if (reading.time > span.from && reading.time < span.to) inside.push_back(reading);
  inside.push_back({span.to, power_at(span.to)});
  return inside;
}

std::vector<TimeSpan> gaps_in(const std::vector<PowerReading>& readings, const TimeSpan& span, double limit) {
  std::vector<TimeSpan> gaps;
  for (std::size_t i = 1; i < readings.size(); ++i) {
    const TimeSpan gap{std::max(readings[i - 1].time, span.from), std::min(readings[i].time, span.to)};
    if (readings[i].time - readings[i - 1].time > limit && gap.from < gap.to) gaps.push_back(gap);
  }
  return gaps;
}

}  // namespace

LogEnergy integrate_trapezoid(const PowerLog& log, const TimeSpan& span, double gap_limit_seconds) {
  require_span(span);
  if (log.readings.empty()) throw UserError(fmt::format("{} has no readings", log.source));
  LogEnergy energy;
  energy.held_seconds = seconds_outside(log, span, gap_limit_seconds);
  const std::vector<PowerReading> line = clipped(log.readings, span);
  for (std::size_t i = 1; i < line.size(); ++i)
    energy.joules += 0.5 * (line[i - 1].watts + line[i].watts) * (line[i].time - line[i - 1].time);
  for (const PowerReading& reading : log.readings)
    if (reading.time >= span.from && reading.time <= span.to) ++energy.readings;
  energy.gaps = gaps_in(log.readings, span, gap_limit_seconds);
  return energy;
}

LogEnergy sum_fixed_interval(const PowerLog& log, const TimeSpan& span, double interval_seconds,
                             double gap_limit_seconds) {
  require_span(span);
  if (!(interval_seconds > 0))
    throw UserError(fmt::format("the fixed interval is {} s, but must be above 0", interval_seconds));
  LogEnergy energy;
  for (const PowerReading& reading : log.readings) {
    if (reading.time < std::floor(span.from) || reading.time > std::floor(span.to)) continue;
    energy.joules += interval_seconds * reading.watts;
    ++energy.readings;
  }
  if (energy.readings == 0)
    throw UserError(
        fmt::format("{} has no reading from {} to {}: give the log of that time (is the time zone "
                    "right?)",
                    log.source, format_timestamp(span.from), format_timestamp(span.to)));
  energy.gaps = gaps_in(log.readings, span, gap_limit_seconds);
  return energy;
}

}  // namespace packrat
