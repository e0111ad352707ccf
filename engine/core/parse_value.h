#pragma once
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace packrat {

/// What became of reading a number.
enum class NumberText { kNumber, kNone, kOutOfType };

/// Reads decimal digits, and for floating-point types a point and an exponent ("0.05", "1e-4"). The whole
/// text must be the number: no blanks, no plus sign, no octal or hexadecimal (010 is ten), no inf or nan.
/// `value` is changed only when it is one that T holds. Independent of the locale.
template <typename T>
NumberText read_number(std::string_view text, T& value) {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
  const std::size_t first = !text.empty() && text[0] == '-' ? 1 : 0;
  const bool is_decimal = first < text.size() && ((text[first] >= '0' && text[first] <= '9') ||
                                                  (std::is_floating_point_v<T> && text[first] == '.'));
  if (!is_decimal) return NumberText::kNone;  // "inf" and "nan", which from_chars takes, among others
  // What is below the type's least whole number is no less a number.
  if (std::is_unsigned_v<T> && first == 1)
    return text.find_first_not_of("0123456789", 1) == std::string_view::npos ? NumberText::kOutOfType
                                                                             : NumberText::kNone;
  T read{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, read);
  if (rest != end || error == std::errc::invalid_argument) return NumberText::kNone;
  if (error != std::errc()) return NumberText::kOutOfType;
  value = read;
  return NumberText::kNumber;
}

/// The number that `text` stands for. UserError "NAME is 'TEXT', but must be a whole number from LEAST to
/// MOST in decimal digits" for anything else, and for one out of that range. T is int, std::int64_t,
/// std::uint64_t or double.
template <typename T>
T option_number(std::string_view name, std::string_view text, T least = std::numeric_limits<T>::lowest(),
                T most = std::numeric_limits<T>::max());

/// True when the whole text is a number of the type (see read_number()), which is then in `value`.
template <typename T>
bool parse_value(const std::string& text, T& value) {
  return read_number(text, value) == NumberText::kNumber;
}
/// "true" or "false".
inline bool parse_value(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}
/// Any text.
inline bool parse_value(const std::string& text, std::string& value) {
  value = text;
  return true;
}

}  // namespace packrat
