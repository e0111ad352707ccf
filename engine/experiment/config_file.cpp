#include "engine/experiment/config_file.h"

#include <fmt/format.h>

#include <type_traits>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/experiment/option_text.h"
#include "engine/experiment/toml_value.h"

namespace packrat {
namespace {

/// A TOML basic string: in quotes, with what may not stand there escaped.
std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += fmt::format("\\{}", c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// Whether a TOML value has the type of the option. Texts take numbers, too: encoding_block = 3, memory_bytes
/// = 1536000.
bool has_type(const RunOption& option, const toml::node& node) {
  return std::visit(
      [&](auto field) -> bool {
        using T = std::decay_t<decltype(std::declval<RunConfig&>().*field)>;
        if constexpr (std::is_same_v<T, bool>) return node.is_boolean();
        if constexpr (std::is_same_v<T, std::int64_t>) return node.is_integer();
        if constexpr (std::is_same_v<T, double>) return node.is_number();
        return node.is_string() || node.is_number();
      },
      option.field);
}

}  // namespace

void read_config_file(const std::filesystem::path& file, RunConfig& config, std::set<std::string>& given) {
  if (std::filesystem::is_directory(file))  // which would read as an empty file
    throw UserError(fmt::format("{} is a folder: give a configuration file", file.string()));
  const toml::table table = parse_toml(read_text(file), file.string());
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string place = fmt::format("{}:{}", file.string(), node.source().begin.line);
    const RunOption* const option = known_run_option(name);
    if (option == nullptr)
      throw UserError(fmt::format("{}: unknown option '{}': `packrat run --help` lists all", place, name));
    if (given.count(name) > 0) continue;  // the command line wins
    if (!has_type(*option, node))
      throw UserError(fmt::format("{}: option '{}' needs a value like {}", place, name,
                                  value_text(*option, RunConfig{})));
    try {
      set_option(*option, toml_value_text(node), config);
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: {}", place, error.what()));
    }
    given.insert(name);
  }
}

std::string dump_config(const RunConfig& config) {
  std::string text;
  for (const RunOption& option : run_options()) {
    if (!applies(option, config)) continue;
    const std::string value = value_text(option, config);
    text += fmt::format("{} = {}\n", option.name, option.is_text() ? toml_string(value) : value);
  }
  return text;
}

}  // namespace packrat
