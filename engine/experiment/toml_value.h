#pragma once
#include <toml++/toml.h>

#include <string>

namespace packrat {

/// A value of a TOML file as it would be typed on a command line, to be read by the same code: text, number,
/// true or false. UserError for numbers that are not decimal or not finite, and for dates, lists and tables.
std::string toml_value_text(const toml::node& node);

}  // namespace packrat
