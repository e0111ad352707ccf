#include "engine/energy/timestamps.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <regex>

#include "engine/core/csv.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

int whole(const std::string& digits) {
  return digits.empty() ? 0 : std::stoi(digits);
}

/// "+01:00", "-0530", "+01"; nullopt for anything else.
std::optional<int> parse_offset(const std::string& text) {
  static const std::regex form(R"(([+-])(\d\d):?(\d\d)?)");
  std::smatch part;
  if (!std::regex_match(text, part, form) || whole(part[2]) > 14 || whole(part[3]) > 59) return std::nullopt;
  const int seconds = whole(part[2]) * 3600 + whole(part[3]) * 60;
  return part[1] == "-" ? -seconds : seconds;
}

/// Seconds since 1970 of a calendar time that is UTC, or local time. UserError when there is no such day or
/// hour.
double calendar_seconds(const std::tm& wanted, bool local, const std::string& text) {
  std::tm time = wanted;
  time.tm_isdst = -1;
  const std::time_t seconds = local ? std::mktime(&time) : ::timegm(&time);
  if (time.tm_year != wanted.tm_year || time.tm_mon != wanted.tm_mon || time.tm_mday != wanted.tm_mday ||
      time.tm_hour != wanted.tm_hour || time.tm_min != wanted.tm_min || time.tm_sec != wanted.tm_sec)
    throw UserError(fmt::format("timestamp '{}': there is no such day or time of day", text));
  return static_cast<double>(seconds);
}

}  // namespace

TimeZone parse_time_zone(std::string_view text) {
  if (text == "UTC" || text == "Z") return {TimeZone::Kind::kOffset, 0};
  if (text == "local") return {TimeZone::Kind::kLocal, 0};
  if (const auto offset = parse_offset(std::string(text))) return {TimeZone::Kind::kOffset, *offset};
  throw UserError(fmt::format("time zone '{}': give UTC, local or an offset such as +01:00", text));
}

double parse_timestamp(std::string_view text, const TimeZone& zone) {
  if (const auto seconds = parse_number(text)) return *seconds;
  static const std::regex form(
      R"((\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?(?:\d\d)?)?)");
  const std::string copy(text);
  std::smatch part;
  if (!std::regex_match(copy, part, form))
    throw UserError(
        fmt::format("timestamp '{}': give seconds since 1970 or ISO 8601, such as "
                    "2020-08-07T15:46:21.5+01:00",
                    text));
  std::tm time{};
  time.tm_year = whole(part[1]) - 1900;
  time.tm_mon = whole(part[2]) - 1;
  time.tm_mday = whole(part[3]);
  time.tm_hour = whole(part[4]);
  time.tm_min = whole(part[5]);
  time.tm_sec = whole(part[6]);
  const TimeZone own = part[8].matched ? parse_time_zone(part[8].str()) : zone;
  if (own.kind == TimeZone::Kind::kUnknown)
    throw UserError(
        fmt::format("timestamp '{}' has no time zone: add one (Z, +01:00) or say --time_zone UTC, local or "
                    "an offset",
                    text));
  const double fraction = part[7].matched ? std::stod("0." + part[7].str()) : 0;
  return calendar_seconds(time, own.kind == TimeZone::Kind::kLocal, copy) - own.offset_seconds + fraction;
}

std::string format_timestamp(double seconds) {
  const auto milliseconds = std::llround(seconds * 1000);
  const long long whole_seconds = milliseconds >= 0 ? milliseconds / 1000 : -((999 - milliseconds) / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(whole_seconds)),
                     milliseconds - whole_seconds * 1000);
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace packrat
