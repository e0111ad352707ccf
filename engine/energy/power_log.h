#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/energy/timestamps.h"

namespace packrat {

/// The power at one moment.
struct PowerReading {
  double time = 0;  ///< seconds since 1970, UTC
  double watts = 0;
};

/// What a meter wrote: readings in order of time, at any intervals.
struct PowerLog {
  std::string source;  ///< the file's name, for messages
  std::vector<PowerReading> readings;
};

/// How to read one.
struct PowerLogFormat {
  TimeZone zone;  ///< of timestamps without their own
  std::string time_column = "timestamp", watts_column = "watts";
  bool growing = false;  ///< somebody still writes it: an unfinished last line is left for later
};

/// Reads a CSV file with a heading, as parse_csv() does; lines that begin with # are comments. Local times
/// that came twice, at the end of summer time, are taken as the order of the rows tells. UserError, with file
/// and row, for a missing column, a time or power that cannot be read, a power below 0 or above a megawatt,
/// times that do not increase, and local times that their order does not settle.
PowerLog read_power_log(const std::filesystem::path& file, const PowerLogFormat& format);

}  // namespace packrat
