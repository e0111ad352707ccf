#include "engine/core/parse_value.h"

#include <fmt/format.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// " from 0 to 1024", " of at least 1", or nothing when the type alone sets the range.
template <typename T>
std::string range_text(T least, T most) {
  const bool bounded_above = most < std::numeric_limits<T>::max();
  if (std::is_floating_point_v<T> && least == std::numeric_limits<T>::lowest() && !bounded_above) return "";
  if (std::is_floating_point_v<T> && !bounded_above) return fmt::format(" of at least {}", least);
  return fmt::format(" from {} to {}", least, most);
}

}  // namespace

template <typename T>
T option_number(std::string_view name, std::string_view text, T least, T most) {
  T value{};
  if (read_number(text, value) == NumberText::kNumber && value >= least && value <= most) return value;
  throw UserError(fmt::format("{} is '{}', but must be a {}number{}, in decimal digits", name, text,
                              std::is_integral_v<T> ? "whole " : "", range_text(least, most)));
}

template int option_number(std::string_view, std::string_view, int, int);
template std::int64_t option_number(std::string_view, std::string_view, std::int64_t, std::int64_t);
template std::uint64_t option_number(std::string_view, std::string_view, std::uint64_t, std::uint64_t);
template double option_number(std::string_view, std::string_view, double, double);

}  // namespace packrat
