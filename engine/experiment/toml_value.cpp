#include "engine/experiment/toml_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// The place behind the TOML string that begins at `begin`, in quotes of either kind, one or three.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const std::string three(3, quote);
  const std::string_view closing =
      text.substr(begin, 3) == three ? std::string_view(three) : text.substr(begin, 1);
  std::size_t at = begin + closing.size();
  for (; at < text.size() && text.substr(at, closing.size()) != closing; ++at) {
    if (closing.size() == 1 && text[at] == '\n') return at;  // it was not closed
    if (quote == '"' && text[at] == '\\') ++at;
  }
  at += closing.size();
  if (closing.size() == 3)  // up to two quotes may stand before the closing ones
    for (int i = 0; i < 2 && at < text.size() && text[at] == quote; ++i) ++at;
  return std::min(at, text.size());
}

/// Where the text has a byte beyond ASCII outside of strings and comments, where TOML has none; its size when
/// nowhere.
std::size_t misplaced_byte(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::size_t at = text.substr(0, 3) == kByteOrderMark ? 3 : 0;
  while (at < text.size()) {
    if (text[at] == '#')
      at = std::min(text.find('\n', at), text.size());
    else if (text[at] == '"' || text[at] == '\'')
      at = end_of_string(text, at);
    else if (static_cast<unsigned char>(text[at]) >= 0x80)
      return at;
    else
      ++at;
  }
  return text.size();
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& source) {
  // What toml++ 3.3 does at such letters in a key is not defined.
  if (const std::size_t at = misplaced_byte(text); at < text.size())
    throw UserError(
        fmt::format("{}:{}: letters beyond ASCII belong in texts in quotes and in comments", source,
                    1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')));
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw UserError(fmt::format("{}:{}: {}", source, error.source().begin.line, error.description()));
  }
}

std::string toml_value_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* whole = node.as_integer()) {
    if (whole->flags() != toml::value_flags::none) throw UserError("write the number in decimal digits");
    return fmt::format("{}", whole->get());
  }
  if (const auto* real = node.as_floating_point()) {
    if (!std::isfinite(real->get())) throw UserError("give a number that is finite");
    return fmt::format("{}", real->get());
  }
  throw UserError("give a text, a number, true or false");
}

}  // namespace packrat
