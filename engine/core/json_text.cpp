#include "engine/core/json_text.h"

#include <nlohmann/json.hpp>

namespace packrat {
namespace {

constexpr int kMostLevels = 100;

/// The text up to where it is nested too deeply, which is no whole JSON text.
std::string_view shallow_part(std::string_view text) {
  int levels = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else
        quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++levels > kMostLevels) return text.substr(0, i);
    } else if (c == ']' || c == '}') {
      --levels;
    }
  }
  return text;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  return nlohmann::json::parse(shallow_part(text));
}

}  // namespace packrat
