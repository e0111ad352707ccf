#include "engine/energy/timestamps.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <optional>

#include "engine/core/csv.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

/// Takes pieces off the front of a text.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  /// One of these characters, or '\0'.
  char take(std::string_view choices) {
    if (at_end() || choices.find(rest_[0]) == std::string_view::npos) return '\0';
    const char taken = rest_[0];
    rest_.remove_prefix(1);
    return taken;
  }
  /// Exactly so many digits.
  std::optional<int> digits(std::size_t count) {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (end < count) return std::nullopt;
    int value = 0;
    std::from_chars(rest_.data(), rest_.data() + count, value);
    rest_.remove_prefix(count);
    return value;
  }

 private:
  std::string_view rest_;
};

/// "+01:00", "-0530", "+01"; nullopt for anything else.
std::optional<int> parse_offset(std::string_view text) {
  TextReader reader(text);
  const char sign = reader.take("+-");
  const std::optional<int> hours = reader.digits(2);
  if (sign == '\0' || !hours || *hours > 14) return std::nullopt;
  int minutes = 0;
  if (!reader.at_end()) {
    reader.take(":");
    const std::optional<int> given = reader.digits(2);
    if (!given || *given > 59 || !reader.at_end()) return std::nullopt;
    minutes = *given;
  }
  const int seconds = *hours * 3600 + minutes * 60;
  return sign == '-' ? -seconds : seconds;
}

bool same_calendar_time(const std::tm& a, const std::tm& b) {
  return a.tm_year == b.tm_year && a.tm_mon == b.tm_mon && a.tm_mday == b.tm_mday && a.tm_hour == b.tm_hour &&
         a.tm_min == b.tm_min && a.tm_sec == b.tm_sec;
}

/// Every second since 1970 at which clocks of this machine's zone show this time: none in the hour that is
/// left out when they are put forward, two in the one that comes again when they are put back.
std::vector<std::time_t> local_moments(const std::tm& wanted) {
  constexpr std::time_t kAround = 86400;  // a day: clocks are not put twice within two
  std::tm copy = wanted;
  const std::time_t as_utc = ::timegm(&copy);
  std::vector<std::time_t> moments;
  for (const std::time_t near : {as_utc - kAround, as_utc + kAround}) {
    std::tm there{}, back{};
    ::localtime_r(&near, &there);
    const std::time_t moment = as_utc - there.tm_gmtoff;
    ::localtime_r(&moment, &back);
    if (same_calendar_time(back, wanted) && (moments.empty() || moments[0] != moment))
      moments.push_back(moment);
  }
  std::sort(moments.begin(), moments.end());
  return moments;
}

std::vector<std::time_t> utc_moments(const std::tm& wanted) {
  std::tm time = wanted;
  const std::time_t moment = ::timegm(&time);
  return same_calendar_time(time, wanted) ? std::vector<std::time_t>{moment} : std::vector<std::time_t>{};
}

/// Seconds from a number of s, ms, us or ns since 1970: between 1973 and 2103 they cannot be taken for each
/// other.
double epoch_seconds(double value, std::string_view text) {
  constexpr double kGreatest = 4.2e9, kLeast = 1e8;
  if (value >= -kGreatest && value <= kGreatest) return value;
  for (const double unit : {1e3, 1e6, 1e9})
    if (value >= kLeast * unit && value <= kGreatest * unit) return value / unit;
  throw UserError(
      fmt::format("timestamp '{}': as a number it must be seconds since 1970, or ms, us or ns, before the "
                  "year 2103 and after 1836",
                  text));
}

/// A time of day on a calendar, and the zone that stands behind it.
struct CalendarTime {
  std::tm time{};
  double fraction = 0;  ///< of a second
  std::string_view zone;
};

/// YYYY-MM-DD, T or a blank, HH:MM[:SS[.fraction]] and whatever follows.
std::optional<CalendarTime> calendar_time(std::string_view text) {
  TextReader reader(text);
  CalendarTime found;
  const auto number = [&](std::size_t digits, int less, int& field) {
    const std::optional<int> value = reader.digits(digits);
    field = value.value_or(0) - less;
    return value.has_value();
  };
  std::tm& time = found.time;
  if (!number(4, 1900, time.tm_year) || !reader.take("-") || !number(2, 1, time.tm_mon) ||
      !reader.take("-") || !number(2, 0, time.tm_mday) || !reader.take("T ") || !number(2, 0, time.tm_hour) ||
      !reader.take(":") || !number(2, 0, time.tm_min))
    return std::nullopt;
  if (reader.take(":")) {
    if (!number(2, 0, time.tm_sec)) return std::nullopt;
    if (reader.take(".,")) {
      double above = 0, below = 1;
      std::optional<int> digit = reader.digits(1);
      if (!digit) return std::nullopt;
      constexpr double kFinest = 1e15;  // what is behind that is less than a double tells
      for (; digit; digit = reader.digits(1))
        if (below < kFinest) above = 10 * above + *digit, below *= 10;
      found.fraction = above / below;
    }
  }
  reader.take(" ");
  found.zone = reader.rest();
  return found;
}

}  // namespace

TimeZone parse_time_zone(std::string_view text) {
  if (text == "UTC" || text == "Z") return {TimeZone::Kind::kOffset, 0};
  if (text == "local") return {TimeZone::Kind::kLocal, 0};
  if (const auto offset = parse_offset(text)) return {TimeZone::Kind::kOffset, *offset};
  throw UserError(fmt::format("time zone '{}': give UTC, local or an offset such as +01:00", text));
}

std::vector<double> possible_moments(std::string_view text, const TimeZone& zone) {
  if (const auto number = parse_number(text)) return {epoch_seconds(*number, text)};
  const std::optional<CalendarTime> found = calendar_time(text);
  const bool has_zone = found && !found->zone.empty();
  if (!found || (has_zone && found->zone != "Z" && found->zone != "UTC" && !parse_offset(found->zone)))
    throw UserError(
        fmt::format("timestamp '{}': give seconds since 1970 or ISO 8601, such as "
                    "2020-08-07T15:46:21.5+01:00",
                    text));
  const TimeZone own = has_zone ? parse_time_zone(found->zone) : zone;
  if (own.kind == TimeZone::Kind::kUnknown)
    throw UserError(
        fmt::format("timestamp '{}' has no time zone: add one (Z, +01:00) or say --time_zone UTC, local or "
                    "an offset",
                    text));
  const bool local = own.kind == TimeZone::Kind::kLocal;
  std::vector<double> moments;
  for (const std::time_t seconds : local ? local_moments(found->time) : utc_moments(found->time))
    moments.push_back(static_cast<double>(seconds - own.offset_seconds) + found->fraction);
  if (moments.empty())
    throw UserError(fmt::format("timestamp '{}': there is no such day or time of day", text));
  return moments;
}

double parse_timestamp(std::string_view text, const TimeZone& zone) {
  const std::vector<double> moments = possible_moments(text, zone);
  if (moments.size() > 1)
    throw UserError(
        fmt::format("timestamp '{}' came twice, at the end of summer time: add its offset, or write {} or {}",
                    text, format_timestamp(moments[0]), format_timestamp(moments[1])));
  return moments[0];
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
