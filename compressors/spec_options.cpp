#include "compressors/spec_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace packrat {

const std::string& StageOptions::text(std::string_view key) const {
  if (const std::string* value = find(key)) return *value;
  throw Error(fmt::format("{} reads the option '{}', which its row of the table lacks", owner_, key));
}

const std::string* StageOptions::find(std::string_view key) const {
  for (const auto& [name, value] : values_)
    if (name == key) return &value;
  return nullptr;
}

void StageOptions::set(std::string_view key, std::string value) {
  for (auto& [name, held] : values_)
    if (name == key) held = std::move(value);
}

std::int64_t StageOptions::integer(std::string_view key, std::int64_t least, std::int64_t greatest) const {
  const std::string& value = text(key);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number < least || number > greatest)
    throw error(key, fmt::format("give a whole number from {} to {}", least, greatest));
  return number;
}

double StageOptions::number(std::string_view key, double least, double below) const {
  const std::string& value = text(key);
  double number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || !(number >= least && number < below))
    throw error(key, fmt::format("give a number from {} up to but not including {}", least, below));
  return number + 0.0;  // -0 is written as 0
}

const std::string& StageOptions::choice(std::string_view key, const std::vector<std::string>& allowed) const {
  const std::string& value = text(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
    throw error(key, fmt::format("choose from {}", fmt::join(allowed, ", ")));
  return value;
}

UserError StageOptions::error(std::string_view key, std::string_view what) const {
  return UserError(fmt::format("{}, {}={}: {}", owner_, key, text(key), what));
}

StageOptions filled_options(std::string_view kind, const std::string& owner, std::string_view usage,
                            const std::vector<OptionKey>& keys, StageText text) {
  for (const auto& [key, value] : text.options) {
    if (key.empty() && !value.empty())
      throw UserError(fmt::format("{}: '{}' is not an option: write key=value", owner, value));
    const std::string& given = key;
    if (std::none_of(keys.begin(), keys.end(), [&](const OptionKey& known) { return known.name == given; }))
      throw UserError(fmt::format("{} option '{}' is unknown: {}", kind, key, usage));
  }
  for (const OptionKey& key : keys) {
    if (text.find(key.name) != nullptr) continue;
    if (!key.otherwise) throw UserError(fmt::format("{} option '{}' is missing: {}", kind, key.name, usage));
    text.options.emplace_back(key.name, *key.otherwise);
  }
  return {owner, std::move(text.options)};
}

}  // namespace packrat
