#pragma once
#include <charconv>
#include <string>

namespace packrat {

/// True when the whole text is a number of the type, which is then in `value`. Independent of the locale.
template <typename T>
bool parse_value(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end;
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
