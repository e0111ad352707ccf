#include "compressors/stage_factory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace packrat {

const std::string& StageOptions::text(std::string_view key) const {
  for (const auto& [name, value] : values_)
    if (name == key) return value;
  throw Error(fmt::format("codec stage '{}' reads the option '{}', which its row of the registry lacks",
                          stage_, key));
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
  return UserError(fmt::format("codec stage '{}', {}={}: {}", stage_, key, text(key), what));
}

}  // namespace packrat
