#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// What a time of day without a zone of its own means.
struct TimeZone {
  enum class Kind { kUnknown, kOffset, kLocal } kind = Kind::kUnknown;
  int offset_seconds = 0;  ///< east of UTC, for kOffset
};

/// "UTC", "local" (this machine's zone, with its summer time) or an offset such as "+01:00". UserError for
/// anything else.
TimeZone parse_time_zone(std::string_view text);

/// Seconds since 1970-01-01T00:00:00 UTC from a plain number of them, or of ms, us or ns as their size tells
/// (up to the year 2103), or from ISO 8601: "2020-08-07T15:46:21.27Z", "2020-08-07 15:46:21 +01:00". A time
/// without a zone is taken as one of `zone`. UserError when the text is neither, names a time that does not
/// exist, has no zone and `zone` is unknown, or is a local time that came twice, when clocks were put back.
/// Exact to a microsecond.
double parse_timestamp(std::string_view text, const TimeZone& zone);

/// The same, with both moments of a local time that came twice, the earlier one first.
std::vector<double> possible_moments(std::string_view text, const TimeZone& zone);

/// ISO 8601 in UTC, to the millisecond: "2020-08-07T14:46:21.270Z".
std::string format_timestamp(double seconds);

/// Seconds since 1970 now, by the system's clock.
double now_seconds();

}  // namespace packrat
