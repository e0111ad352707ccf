#include "engine/studies/roofline/label_text.h"

#include <cctype>

namespace packrat {

std::string label_key(std::string_view name) {
  std::string key;
  for (const char c : name)
    if (const auto u = static_cast<unsigned char>(c); std::isalnum(u) || c == '.')
      key += static_cast<char>(std::tolower(u));
  return key;
}

SplitLabel split_precision(std::string_view label) {
  const std::size_t cut = label.find_last_of(" _-");
  if (cut == std::string_view::npos) return {label, std::nullopt};
  const std::optional<Precision> precision = find_precision(label.substr(cut + 1));
  return {precision ? label.substr(0, cut) : label, precision};
}

}  // namespace packrat
