#pragma once
#include <string>

namespace packrat {

/// How often `part` stands in `text`.
inline std::size_t times_in(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace packrat
