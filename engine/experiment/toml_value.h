#pragma once
#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace packrat {

/// A TOML file's text, whose name `source` is for messages. UserError, with the line, for what is no TOML.
toml::table parse_toml(std::string_view text, const std::string& source);

/// A value of a TOML file as it would be typed on a command line, to be read by the same code: text, number,
/// true or false. UserError for numbers that are not decimal or not finite, and for dates, lists and tables.
std::string toml_value_text(const toml::node& node);

}  // namespace packrat
