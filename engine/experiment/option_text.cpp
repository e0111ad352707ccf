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

std::vector<std::string> run_words(const RunConfig& config, const std::set<std::string>& given) {
  std::vector<std::string> words;
  for (const RunOption& option : run_options()) {
    if (given.count(option.name) == 0) continue;
    const auto* flag = std::get_if<bool RunConfig::*>(&option.field);
    if (flag != nullptr && !(config.*(*flag))) continue;
    words.push_back("--" + option.name);
    if (flag == nullptr) words.push_back(value_text(option, config));
  }
  return words;
}

}  // namespace packrat
