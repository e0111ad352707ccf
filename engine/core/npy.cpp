#include "engine/core/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

#include "engine/core/error.h"
#include "engine/core/utf8.h"

namespace packrat {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr std::size_t kNpyAlignment = 64, kMostNpyDimensions = 32;

struct NumberType {
  std::string_view descr;  // without the byte order
  std::string_view name;
  std::uint64_t bytes;
};
constexpr NumberType kNumberTypes[] = {{"f8", "F64", 8}, {"f4", "F32", 4}, {"f2", "F16", 2},
                                       {"i8", "I64", 8}, {"i4", "I32", 4}, {"i2", "I16", 2},
                                       {"i1", "I8", 1},  {"u8", "U64", 8}, {"u4", "U32", 4},
                                       {"u2", "U16", 2}, {"u1", "U8", 1},  {"b1", "BOOL", 1}};

[[noreturn]] void damaged_npy(const std::string& what) {
  throw CorruptEntry("damaged .npy array: " + what);
}

/// The Python dict of the header, read from its front.
class NpyHeaderText {
 public:
  explicit NpyHeaderText(std::string_view text) : rest_(text) {}

  /// Whether the next character is this one, which is then taken.
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) damaged_npy(fmt::format("its header has no '{}' where one must be", c));
  }
  /// 'text' or "text", without escapes.
  std::string quoted() {
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    const std::size_t end = quote == '\'' || quote == '"' ? rest_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) damaged_npy("its header has no text where one must be");
    const std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool truth() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"})
      if (rest_.substr(0, word.size()) == word) {
        rest_.remove_prefix(word.size());
        return word == "True";
      }
    damaged_npy("fortran_order is neither True nor False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> numbers;
    expect('(');
    while (!take(')')) {
      if (numbers.size() == kMostNpyDimensions) damaged_npy("its shape has too many dimensions");
      numbers.push_back(number());
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }
  bool at_end() { return skip_blanks(), rest_.empty(); }
  char next() { return skip_blanks(), rest_.empty() ? '\0' : rest_.front(); }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  std::int64_t number() {
    skip_blanks();
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10)
        damaged_npy("its shape has a number that is too large");
      value = 10 * value + (rest_[digits] - '0');
    }
    if (digits == 0) damaged_npy("its shape is no tuple of whole numbers");
    rest_.remove_prefix(digits);
    return value;
  }
  std::string_view rest_;
};

struct NpyFields {
  std::string descr;
  bool fortran = false;
  std::vector<std::int64_t> shape;
};

NpyFields read_npy_fields(std::string_view text) {
  NpyHeaderText header(text);
  NpyFields fields;
  bool has_descr = false, has_order = false, has_shape = false;
  header.expect('{');
  while (!header.take('}')) {
    const std::string key = header.quoted();
    header.expect(':');
    if (key == "descr") {
      if (header.next() == '[')
        throw UserError("it holds records of several fields: save each field as an array of its own");
      fields.descr = header.quoted();
      has_descr = true;
    } else if (key == "fortran_order") {
      fields.fortran = header.truth();
      has_order = true;
    } else if (key == "shape") {
      fields.shape = header.tuple();
      has_shape = true;
    } else {
      damaged_npy(fmt::format("its header has a key '{}'", printable(key)));
    }
    if (!header.take(',')) {
      header.expect('}');
      break;
    }
  }
  if (!has_descr || !has_order || !has_shape || !header.at_end()) damaged_npy("its header is incomplete");
  return fields;
}

const NumberType& number_type(const std::string& descr) {
  const std::string_view text = descr;
  if (text.find('O') != std::string_view::npos)
    throw UserError(
        "it holds pickled Python objects, which are not read, as they could run any program: save an array "
        "of numbers");
  if (text.size() > 1)
    for (const NumberType& type : kNumberTypes) {
      if (text.substr(1) != type.descr) continue;
      if (text.front() == '<' || text.front() == '=' || type.bytes == 1) return type;
      if (text.front() == '>')
        throw UserError(fmt::format("it is big-endian ({}): save it with .astype('<{}')", descr, type.descr));
    }
  throw UserError(
      fmt::format("its elements are of type '{}', which are no numbers that are read", printable(descr)));
}

std::string_view npy_header_of(ByteView file, std::size_t& data_begin) {
  const std::string_view text(reinterpret_cast<const char*>(file.data), file.size);
  if (text.substr(0, kNpyMagic.size()) != kNpyMagic || text.size() < kNpyMagic.size() + 2)
    damaged_npy("it does not begin like one");
  const int version = static_cast<unsigned char>(text[kNpyMagic.size()]);
  if (version < 1 || version > 3) damaged_npy(fmt::format("its version is {}, but must be 1 to 3", version));
  const std::size_t length_bytes = version == 1 ? 2 : 4, begin = kNpyMagic.size() + 2 + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0 && begin <= text.size();)
    length = length << 8 | static_cast<unsigned char>(text[kNpyMagic.size() + 2 + i]);
  if (begin > text.size() || length > text.size() - begin)
    damaged_npy(fmt::format("its header of {} bytes does not fit into {} bytes; it may be truncated", length,
                            text.size()));
  data_begin = begin + length;
  return text.substr(begin, length);
}

}  // namespace

NpyArray parse_npy(ByteView file) {
  std::size_t begin = 0;
  const NpyFields fields = read_npy_fields(npy_header_of(file, begin));
  const NumberType& type = number_type(fields.descr);
  if (fields.fortran && fields.shape.size() > 1)
    throw UserError("it is in Fortran order: save numpy.ascontiguousarray() of it");
  std::uint64_t bytes = type.bytes;
  for (const std::int64_t side : fields.shape) {
    const auto count = static_cast<std::uint64_t>(side);
    if (count != 0 && bytes > std::numeric_limits<std::int64_t>::max() / count)
      damaged_npy("its shape has more values than any file");
    bytes *= count;
  }
  const std::size_t there = file.size - begin;
  if (bytes != there)
    damaged_npy(fmt::format("values of shape {} take {} bytes, but there are {}{}",
                            fmt::join(fields.shape, "x"), bytes, there,
                            there < bytes ? "; it may be truncated" : ""));
  return {std::string(type.name), fields.shape, {file.data + begin, there}};
}

std::string npy_header(std::string_view type, const std::vector<std::int64_t>& shape) {
  for (const NumberType& known : kNumberTypes) {
    if (known.name != type) continue;
    std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                   known.bytes == 1 ? '|' : '<', known.descr, fmt::join(shape, ", "),
                                   shape.size() == 1 ? "," : "");
    constexpr std::size_t kBefore = kNpyMagic.size() + 4;
    text.append(kNpyAlignment - (kBefore + text.size() + 1) % kNpyAlignment, ' ');
    text += '\n';
    std::string header(kNpyMagic);
    header += {'\1', '\0', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
    return header + text;
  }
  throw Error(fmt::format("NumPy has no type {}", type));
}

}  // namespace packrat
