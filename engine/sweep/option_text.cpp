#include "engine/sweep/option_text.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// True when the whole text is a number, which is then in `value`.
template <typename T>
bool parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end;
}
bool parse(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}
bool parse(const std::string& text, std::string& value) {
  value = text;
  return true;
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                             "0123456789_-./:=,+@%") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

void set_option(const RunOption& option, const std::string& text, RunConfig& config) {
  const bool fits = std::visit([&](auto field) { return parse(text, config.*field); }, option.field);
  if (!fits)
    throw UserError(fmt::format("--{} is '{}', but needs a value like {}", option.name, text,
                                value_text(option, RunConfig{})));
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

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace packrat
