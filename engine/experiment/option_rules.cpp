// What the table of options says of one configuration.
#include <fmt/format.h>

#include <algorithm>

#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/run_options.h"
#include "engine/experiment/validate.h"
#include "engine/methods/method_table.h"

namespace packrat {

const RunOption* known_run_option(const std::string& name) {
  for (const RunOption& option : run_options())
    if (option.name == name) return &option;
  return nullptr;
}

const RunOption& find_run_option(const std::string& name) {
  if (const RunOption* const option = known_run_option(name)) return *option;
  throw UserError(fmt::format("unknown option '{}': `packrat run --help` lists all", name));
}

const RunOption& find_run_option(RunField field) {
  const auto& options = run_options();
  return *std::find_if(options.begin(), options.end(), [&](const RunOption& o) { return o.field == field; });
}

bool affects_result(const std::string& name) {
  const RunOption* const option = known_run_option(name);
  return option == nullptr || option->role == Role::kResult;
}

Aspect aspect_of(const std::string& name) {
  const RunOption* const option = known_run_option(name);
  return option == nullptr ? Aspect::kOther : option->aspect;
}

bool spells_codec(const std::string& name) {
  const Aspect aspect = aspect_of(name);
  return aspect == Aspect::kCodec || aspect == Aspect::kCodecDetail;
}

bool is_set(const RunOption& option, const RunConfig& config) {
  const RunConfig& defaults = defaults_of(config.recipe);
  return std::visit([&](auto field) { return config.*field != defaults.*field; }, option.field);
}

const RunOption* replacement(const RunOption& option, const RunConfig& config) {
  for (const std::string& name : option.replaced_by) {
    const RunOption& other = find_run_option(name);
    if (is_set(other, config)) return &other;
  }
  return nullptr;
}

bool applies(const RunOption& option, const RunConfig& config) {
  if (option.about_entries && !keeps_entries(config.method)) return false;
  if (replacement(option, config) != nullptr) return false;
  if (option.part.empty()) return true;
  const RunOption& part = find_run_option(option.part);
  return applies(part, config) && is_among(value_text(part, config), option.part_values);
}

std::string value_text(const RunOption& option, const RunConfig& config) {
  return std::visit([&](auto field) { return text_of(config.*field); }, option.field);
}

void check_value(const RunOption& option, const RunConfig& config) {
  std::visit(
      [&](auto field) {
        using T = std::decay_t<decltype(config.*field)>;
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>)
          check_range(option.name, config.*field, option.range);
      },
      option.field);
  if (option.field == RunField(&RunConfig::memory_bytes) && !config.memory_bytes.empty())
    parse_byte_size(config.memory_bytes, "--memory_bytes");
  if (option.field == RunField(&RunConfig::exp_name)) check_exp_name(config.exp_name);
}

}  // namespace packrat
