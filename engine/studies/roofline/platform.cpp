#include "engine/studies/roofline/platform.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/core/shipped_files.h"
#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {

using nlohmann::json;

double positive(const json& value, const std::string& what) {
  if (!value.is_number() || !(value.get<double>() > 0))
    throw UserError(fmt::format("{} is {}: a number above 0 is needed", what, value.dump()));
  return value.get<double>();
}

std::optional<double> optional_positive(const json& row, const char* key, const std::string& where) {
  if (!row.contains(key)) return std::nullopt;
  return positive(row.at(key), fmt::format("{}: '{}'", where, key));
}

Platform parse_platform(const json& row, const std::string& where) {
  Platform out;
  out.name = row.at("name").get<std::string>();
  const std::string here = fmt::format("{}: platform '{}'", where, out.name);
  for (const auto& [name, value] : row.at("peak_tops").items())
    out.peak_tops[parse_precision(name)] = positive(value, fmt::format("{}: peak '{}'", here, name));
  out.bandwidth_gb_s = positive(row.at("bandwidth_gb_s"), here + ": 'bandwidth_gb_s'");
  out.memory_gb = optional_positive(row, "memory_gb", here);
  out.power_w = optional_positive(row, "power_w", here);
  out.aliases = row.value("aliases", std::vector<std::string>());
  if (out.peak_tops.empty())
    throw UserError(fmt::format("{}: 'peak_tops' is empty: give at least one precision", here));
  return out;
}

}  // namespace

PlatformTable::PlatformTable(std::vector<Platform> platforms) : platforms_(std::move(platforms)) {
  std::set<std::string> seen;
  const auto take = [&](const std::string& name) {
    if (label_key(name).empty() || !seen.insert(label_key(name)).second)
      throw UserError(fmt::format("two platforms are called '{}', or it holds no letter: rename one", name));
  };
  for (const Platform& platform : platforms_) {
    take(platform.name);
    for (const std::string& alias : platform.aliases) take(alias);
  }
}

const Platform* PlatformTable::find(std::string_view name) const {
  const std::string key = label_key(name);
  for (const Platform& platform : platforms_) {
    if (label_key(platform.name) == key) return &platform;
    for (const std::string& alias : platform.aliases)
      if (label_key(alias) == key) return &platform;
  }
  return nullptr;
}

const Platform& PlatformTable::get(std::string_view name) const {
  if (const Platform* const found = find(name)) return *found;
  std::vector<std::string> names;
  for (const Platform& platform : platforms_) names.push_back(platform.name);
  throw UserError(fmt::format("no platform '{}'; there are: {}", name, fmt::join(names, ", ")));
}

std::vector<Platform> read_platforms(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    std::vector<Platform> out;
    const json document = parse_json(text);
    for (const json& row : document.at("platforms")) out.push_back(parse_platform(row, path.string()));
    return out;
  } catch (const json::exception& error) {
    throw UserError(fmt::format("{} is no list of platforms ({}): see data/qutibench/platforms.json for one",
                                path.string(), error.what()));
  }
}

PlatformTable load_platforms(const std::vector<std::filesystem::path>& more_files) {
  std::vector<Platform> all = read_platforms(shipped_table("qutibench/platforms.json"));
  for (const std::filesystem::path& file : more_files)
    for (Platform& platform : read_platforms(file)) all.push_back(std::move(platform));
  return PlatformTable(std::move(all));
}

PlatformLabel parse_platform_label(const PlatformTable& table, std::string_view label) {
  const SplitLabel split = split_precision(label);
  if (!split.precision)
    throw UserError(fmt::format("'{}' names no precision: it should end in one, such as INT8", label));
  return {&table.get(split.name), *split.precision};
}

}  // namespace packrat
