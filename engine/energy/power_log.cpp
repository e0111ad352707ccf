#include "engine/energy/power_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/files.h"

namespace packrat {
namespace {

std::vector<double> moments_of(const CsvTable& table, std::size_t row, std::size_t column,
                               const TimeZone& zone) {
  try {
    return possible_moments(table.rows[row][column], zone);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: row {}: {}", table.name, row + 1, error.what()));
  }
}

std::size_t column_of(const CsvTable& table, const std::string& name) {
  try {
    return table.column(name);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: `packrat energy` takes other names by --time_column and --watts_column",
                                error.what()));
  }
}

/// What a row whose time does not come after the one before is told. Clocks are put back by an hour at most.
std::string not_after(const CsvTable& table, std::size_t row, std::size_t column, double time,
                      double before) {
  const bool may_be_put_back = before - time <= 3600 && !parse_number(table.rows[row][column]);
  return fmt::format("{}: row {}: its time, {}, is not after the row before: sort the log by time{}",
                     table.name, row + 1, format_timestamp(time),
                     may_be_put_back
                         ? "; if summer time ended there, write offsets such as +01:00 into the log, or give "
                           "the zone it was written in (TZ=Europe/Berlin packrat ... --time_zone local)"
                         : "");
}

/// The rows' times. Where a local time came twice, the earliest choice that increases is made from the first
/// row on, and the latest one from the last row back: where both agree, the order of the rows leaves no
/// other.
std::vector<double> times_of(const CsvTable& table, std::size_t column, const TimeZone& zone) {
  std::vector<std::vector<double>> possible;
  std::vector<double> times;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::vector<double>& moments = possible.emplace_back(moments_of(table, row, column, zone));
    const auto earliest =
        times.empty() ? moments.begin() : std::upper_bound(moments.begin(), moments.end(), times.back());
    if (earliest == moments.end())
      throw UserError(not_after(table, row, column, moments.back(), times.back()));
    times.push_back(*earliest);
  }
  double next = std::numeric_limits<double>::infinity();
  for (std::size_t row = table.rows.size(); row-- > 0;) {
    const std::vector<double>& moments = possible[row];
    next = *std::prev(std::lower_bound(moments.begin(), moments.end(), next));
    if (next != times[row])
      throw UserError(fmt::format(
          "{}: row {}: '{}' came twice, at the end of summer time, and the rows around it do not tell which "
          "one is meant: write offsets such as +01:00 into the log, or log in UTC",
          table.name, row + 1, table.rows[row][column]));
  }
  return times;
}

double watts_of(const CsvTable& table, std::size_t row, std::size_t column) {
  constexpr double kMost = 1e6;  // far above what one plug feeds, and what milliwatts look like
  const double watts = table.required_number(row, column);
  if (watts < 0)
    throw UserError(fmt::format("{}: row {}: {} W is negative: fix the log", table.name, row + 1, watts));
  if (watts > kMost)
    throw UserError(fmt::format("{}: row {}: {} W is more than a megawatt: give the powers in W", table.name,
                                row + 1, watts));
  return watts;
}

}  // namespace

PowerLog read_power_log(const std::filesystem::path& file, const PowerLogFormat& format) {
  std::string text = read_text(file);
  if (format.growing && !text.empty() && text.back() != '\n') text.resize(text.rfind('\n') + 1);
  const CsvTable table = parse_csv(text, file.string(), CsvComments::kEverywhere);
  const std::size_t time = column_of(table, format.time_column),
                    watts = column_of(table, format.watts_column);
  const std::vector<double> times = times_of(table, time, format.zone);
  PowerLog log{file.string(), {}};
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    log.readings.push_back({times[row], watts_of(table, row, watts)});
  return log;
}

}  // namespace packrat
