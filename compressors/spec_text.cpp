#include "compressors/spec_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"

namespace packrat {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(separator)) != std::string_view::npos; text.remove_prefix(end + 1))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

const std::string* StageText::find(std::string_view key) const {
  const auto it =
      std::find_if(options.begin(), options.end(), [&](const auto& option) { return option.first == key; });
  return it == options.end() ? nullptr : &it->second;
}

std::vector<StageText> parse_spec(std::string_view spec) {
  std::vector<StageText> stages;
  for (const std::string_view text : split(spec, '|')) {
    const auto colon = text.find(':');
    StageText& stage = stages.emplace_back();
    stage.name = trim(text.substr(0, colon));
    if (colon == std::string_view::npos) continue;
    for (const std::string_view option : split(text.substr(colon + 1), ',')) {
      const auto equals = std::min(option.find('='), option.size());
      if (equals == option.size()) {
        stage.options.emplace_back("", trim(option));
        continue;
      }
      const std::string_view key = trim(option.substr(0, equals));
      if (stage.find(key) != nullptr)
        throw UserError(fmt::format("codec stage '{}': option '{}' is given twice", stage.name, key));
      stage.options.emplace_back(key, trim(option.substr(equals + 1)));
    }
  }
  return stages;
}

}  // namespace packrat
