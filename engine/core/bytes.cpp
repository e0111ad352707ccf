#include "engine/core/bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "engine/core/parse_value.h"

namespace packrat {
namespace {

struct Unit {
  std::string_view name;
  double bytes;
};
constexpr std::array<Unit, 8> kUnits{{{"", 1},
                                      {"b", 1},
                                      {"kib", 1024.0},
                                      {"mib", 1048576.0},
                                      {"gib", 1073741824.0},
                                      {"kb", 1e3},
                                      {"mb", 1e6},
                                      {"gb", 1e9}}};

}  // namespace

std::int64_t leb128_bytes(std::uint64_t number) {
  std::int64_t bytes = 1;
  for (; number >= 128; number >>= 7) ++bytes;
  return bytes;
}

std::uint8_t* write_leb128(std::uint8_t* at, std::uint64_t number) {
  for (; number >= 128; number >>= 7) *at++ = static_cast<std::uint8_t>(number | 128);
  *at++ = static_cast<std::uint8_t>(number);
  return at;
}

std::uint64_t read_leb128(ByteReader& reader) {
  std::uint64_t number = 0;
  for (int shift = 0; shift < 63; shift += 7) {
    const auto byte = reader.value<std::uint8_t>();
    number |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return number;
  }
  throw CorruptEntry("a length does not end");
}

std::int64_t parse_byte_size(std::string_view text, std::string_view what) {
  const std::string_view given = text;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t length = std::min(text.find_first_not_of("0123456789.eE+-"), text.size());
  // The e of "1e6" is the number's; units begin with other letters.
  const std::string_view number = text.substr(0, length);
  std::string unit;
  for (const char c : text.substr(length))
    if (std::isspace(static_cast<unsigned char>(c)) == 0) unit += static_cast<char>(std::tolower(c));
  for (const Unit& u : kUnits) {
    if (unit != u.name) continue;
    std::int64_t whole = 0;
    double real = 0;
    const auto scale = static_cast<std::int64_t>(u.bytes);
    if (read_number(number, whole) == NumberText::kNumber && whole >= 1 && whole <= INT64_MAX / scale)
      return whole * scale;
    // A fraction of a unit is cut off at whole bytes; there is no fraction of a byte.
    if (read_number(number, whole) == NumberText::kNone && read_number(number, real) == NumberText::kNumber &&
        real * u.bytes >= 1 && real * u.bytes < 9e18 && (scale > 1 || std::floor(real) == real))
      return static_cast<std::int64_t>(std::floor(real * u.bytes));
  }
  throw UserError(
      fmt::format("{} '{}': give a decimal number of at least one byte, with an optional unit "
                  "B, KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024), such as 1.5MiB",
                  what, given));
}

std::string format_byte_size(std::int64_t bytes) {
  const auto b = static_cast<double>(bytes);
  if (b < 1024) return fmt::format("{} B", bytes);
  if (b < 1048576) return fmt::format("{:.2f} KiB", b / 1024);
  if (b < 1073741824) return fmt::format("{:.2f} MiB", b / 1048576);
  return fmt::format("{:.2f} GiB", b / 1073741824);
}

}  // namespace packrat
