#include "engine/energy/power_log.h"

#include <fmt/format.h>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/files.h"

namespace packrat {
namespace {

double time_of(const CsvTable& table, std::size_t row, std::size_t column, const TimeZone& zone) {
  try {
    return parse_timestamp(table.rows[row][column], zone);
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: row {}: {}", table.name, row + 1, error.what()));
  }
}

}  // namespace

PowerLog read_power_log(const std::filesystem::path& file, const PowerLogFormat& format) {
  std::string text = read_text(file);
  if (format.growing && !text.empty() && text.back() != '\n') text.resize(text.rfind('\n') + 1);
  const CsvTable table = parse_csv(text, file.string());
  const std::size_t time = table.column(format.time_column), watts = table.column(format.watts_column);
  PowerLog log{file.string(), {}};
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const PowerReading reading{time_of(table, row, time, format.zone), table.required_number(row, watts)};
    if (reading.watts < 0)
      throw UserError(
          fmt::format("{}: row {}: {} W is negative: mend the log", table.name, row + 1, reading.watts));
    if (!log.readings.empty() && reading.time <= log.readings.back().time)
      throw UserError(
          fmt::format("{}: row {}: its time, {}, is not after the row before: sort the log by time",
                      table.name, row + 1, format_timestamp(reading.time)));
    log.readings.push_back(reading);
  }
  return log;
}

}  // namespace packrat
