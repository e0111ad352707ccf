#include "engine/experiment/option_text.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/core/utf8.h"

namespace packrat {

void set_option(const RunOption& option, const std::string& text, RunConfig& config) {
  const bool fits = std::visit([&](auto field) { return parse_value(text, config.*field); }, option.field);
  if (!fits)
    throw UserError(fmt::format("--{} is '{}', but {}", option.name, printable(text), allowed_text(option)));
  if (!is_utf8(text))
    throw UserError(
        fmt::format("--{} '{}' is not UTF-8 text: write it in UTF-8, or rename the file or folder",
                    option.name, printable(text)));
  check_value(option, config);
}

std::string allowed_text(const RunOption& option) {
  if (const auto* whole = std::get_if<Range<std::int64_t>>(&option.range))
    return fmt::format("must be a whole number {}, in decimal digits{}", whole->text(), whole->remedy);
  if (const auto* real = std::get_if<Range<double>>(&option.range))
    return fmt::format("must be a decimal number {}{}", real->text(), real->remedy);
  return fmt::format("needs a value like {}", value_text(option, RunConfig{}));
}

std::vector<std::string> run_words(const RunConfig& config, const std::set<std::string>& given) {
  return command_words(
      run_options(),
      [&](const RunOption& option) {
        return given.count(option.name) == 0 ? std::nullopt : std::optional(value_text(option, config));
      },
      [](const RunOption& option) { return option.is_flag(); });
}

}  // namespace packrat
