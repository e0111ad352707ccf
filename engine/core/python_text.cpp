#include "engine/core/python_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/core/utf8.h"

namespace packrat {
namespace {

constexpr std::string_view kNamespace = "Namespace(";
constexpr std::string_view kLineEnds = "\n\r";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The UTF-8 character that the text begins with; empty when none does.
std::string_view first_character(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_utf8(text.substr(0, length))) return text.substr(0, length);
  return {};
}

/// Controls of ASCII and Latin-1, its invisible characters, and the separators of lines and paragraphs.
bool needs_escape(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (character.size() == 2) return byte(0) == 0xc2 && (byte(1) <= 0xa0 || byte(1) == 0xad);
  return character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

std::string escaped(std::string_view character) {
  if (character == "\n") return "\\n";
  if (character == "\r") return "\\r";
  if (character == "\t") return "\\t";
  if (character.size() == 3) return character.back() == '\xa8' ? "\\u2028" : "\\u2029";
  return fmt::format("\\x{:02x}", static_cast<unsigned char>(character.back()));
}

void append_utf8(std::uint32_t point, std::string& text) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point >= 0xdc80 && point <= 0xdcff) {  // a byte that was no UTF-8
    text += static_cast<char>(point - 0xdc00);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xe0 | (point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0 | ((point >> 18) & 0x07));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Reads what stands behind a backslash, and takes it off the text.
void take_escape(std::string_view& text, std::string& out) {
  constexpr std::string_view kNames = "ntrabfv0'\"\\", kValues("\n\t\r\a\b\f\v\0'\"\\", 11);
  const char name = text[0];
  text.remove_prefix(1);
  const std::size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
  if (digits > 0 && text.size() >= digits) {
    std::uint32_t point = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, point, 16);
    if (error == std::errc() && end == text.data() + digits && point <= 0x10ffff) {
      append_utf8(point, out);
      text.remove_prefix(digits);
      return;
    }
  }
  const std::size_t at = kNames.find(name);
  out += at == std::string_view::npos ? std::string{'\\', name} : std::string(1, kValues[at]);
}

/// Takes a text in quotes off the front of one line; without its closing quote it extends to the line's end.
std::string take_text(std::string_view& line) {
  const char quote = line[0];
  line.remove_prefix(1);
  std::string out;
  while (!line.empty()) {
    const char c = line[0];
    line.remove_prefix(1);
    if (c == quote) break;
    if (c == '\\' && !line.empty())
      take_escape(line, out);
    else
      out += c;
  }
  return out;
}

/// Length of what stands at the front of one line up to a comma, a blank or a closing bracket that belongs to
/// something before it, texts and brackets inside taken as a whole.
std::size_t plain_length(std::string_view line) {
  std::size_t depth = 0;
  for (std::string_view rest = line; !rest.empty();) {
    const char c = rest[0];
    const bool opens = c == '(' || c == '[' || c == '{', closes = c == ')' || c == ']' || c == '}';
    if (depth == 0 && (c == ',' || c == ' ' || c == '\t' || closes)) return line.size() - rest.size();
    if (c == '\'' || c == '"') {
      take_text(rest);
      continue;
    }
    depth += opens;
    depth -= closes;
    rest.remove_prefix(1);
  }
  return line.size();
}

std::string_view line_at(std::string_view text, std::size_t from) {
  return text.substr(from, std::min(text.find_first_of(kLineEnds, from), text.size()) - from);
}

}  // namespace

std::string python_repr(std::string_view text) {
  const bool apostrophe = text.find('\'') != std::string_view::npos;
  const char quote = apostrophe && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    if (character.empty())
      out += fmt::format("\\udc{:02x}", static_cast<unsigned char>(text[0]));
    else if (needs_escape(character))
      out += escaped(character);
    else if (text[0] == quote || text[0] == '\\')
      out += {'\\', text[0]};
    else
      out += character;
    text.remove_prefix(std::max<std::size_t>(character.size(), 1));
  }
  return out + quote;
}

std::string python_repr(std::int64_t value) {
  return fmt::format("{}", value);
}

std::string python_repr(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string python_repr(bool value) {
  return value ? "True" : "False";
}

std::vector<PythonField> python_fields(std::string_view text) {
  std::vector<PythonField> fields;
  std::size_t line_end = 0;  // of the line that `at` is on, looked for once a line
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view name = text.substr(at, end - at);
    at = end;
    if (at == text.size() || text[at] != '=') continue;
    if (++at > line_end) line_end = std::min(text.find_first_of(kLineEnds, at), text.size());
    const std::string_view whole = text.substr(at, line_end - at);
    std::string_view rest = whole;
    if (!rest.empty() && (rest[0] == '\'' || rest[0] == '"')) {
      fields.push_back({std::string(name), take_text(rest)});
      at += whole.size() - rest.size();
    } else {
      const std::size_t length = plain_length(whole);
      fields.push_back({std::string(name), std::string(whole.substr(0, length))});
      at += length;
    }
  }
  return fields;
}

std::vector<PythonNamespace> python_namespaces(std::string_view text) {
  std::vector<PythonNamespace> found;
  for (std::size_t from = 0; from < text.size();) {
    const std::string_view line = line_at(text, from);
    std::size_t at = line.find(kNamespace);
    while (at != std::string_view::npos && at > 0 && is_word(line[at - 1]))
      at = line.find(kNamespace, at + 1);
    if (at != std::string_view::npos) {
      std::string_view inside = line.substr(at + kNamespace.size());
      std::size_t length = 0;  // field by field up to the bracket that closes it
      while (length < inside.size() && inside[length] != ')')
        length += std::max<std::size_t>(1, plain_length(inside.substr(length)));
      found.push_back({from, inside.substr(0, length)});
    }
    from += line.size() + 1;
  }
  return found;
}

}  // namespace packrat
