#include "engine/experiment/toml_value.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/core/error.h"

namespace packrat {

toml::table parse_toml(std::string_view text, const std::string& source) {
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
