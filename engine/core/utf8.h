#pragma once
#include <string>
#include <string_view>

namespace packrat {

/// Whether the bytes are UTF-8 text (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). JSON
/// files, TOML files and SQLite hold nothing else.
bool is_utf8(std::string_view bytes);

/// The bytes for a message: what is not UTF-8, and control characters, as \xNN.
std::string printable(std::string_view bytes);

}  // namespace packrat
