#include "engine/core/npy.h"

#include <gmock/gmock.h>

#include "engine/core/error.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;

ByteView view_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// An array with this header and so many zero bytes.
std::string npy_file(const std::string& header, std::size_t bytes, char version = 1) {
  std::string text = "\x93NUMPY";
  text += {version, '\0', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  if (version > 1) text += {'\0', '\0'};
  return text + header + std::string(bytes, '\0');
}

std::string refusal_of(const std::string& file) {
  try {
    parse_npy(view_of(file));
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "was read: " << file.substr(0, 100);
  return "";
}

TEST(Npy, IsReadAsItIsWrittenForEveryTypeAndShape) {
  for (const auto& [type, bytes] : std::vector<std::pair<std::string, std::size_t>>{
           {"F64", 8}, {"F32", 4}, {"F16", 2}, {"I64", 8}, {"I32", 4}, {"U16", 2}, {"U8", 1}, {"BOOL", 1}})
    for (const std::vector<std::int64_t>& shape :
         std::vector<std::vector<std::int64_t>>{{}, {0}, {3}, {2, 3}, {2, 3, 1, 2}}) {
      std::size_t values = 1;
      for (const std::int64_t side : shape) values *= static_cast<std::size_t>(side);
      const std::string file = npy_header(type, shape) + std::string(values * bytes, 'x');
      EXPECT_EQ((file.size() - values * bytes) % 64, 0U);
      const NpyArray array = parse_npy(view_of(file));
      EXPECT_EQ(array.type, type);
      EXPECT_EQ(array.shape, shape);
      EXPECT_EQ(array.bytes.size, values * bytes);
    }
  EXPECT_THROW(npy_header("BF16", {1}), Error);
}

TEST(Npy, IsReadInEveryVersionAndSpelling) {
  for (const char* header : {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
                             "{\"shape\":(2),\"fortran_order\":False,\"descr\":\"<f4\"}   \n",
                             "{ 'fortran_order' : True , 'descr':'=f4', 'shape' : ( 2 , ) }\n"})
    for (const char version : {1, 2, 3}) {
      const std::string file = npy_file(header, 8, version);
      EXPECT_EQ(parse_npy(view_of(file)).shape, std::vector<std::int64_t>{2}) << header;
    }
}

TEST(Npy, SaysWhatIsNotReadAndWhatToDo) {
  const auto header = [](const std::string& descr, const std::string& order, const std::string& shape) {
    return npy_file("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }", 24);
  };
  for (const auto& [file, expected] : std::vector<std::pair<std::string, std::string>>{
           {header("'>f4'", "False", "(2, 3)"), "big-endian (>f4): save it with .astype('<f4')"},
           {header("'<f4'", "True", "(2, 3)"), "Fortran order"},
           {header("'|O'", "False", "(3,)"), "pickled Python objects"},
           {header("'<U4'", "False", "(1,)"), "'<U4', which are no numbers"},
           {header("'<c8'", "False", "(3,)"), "no numbers"},
           {header("[('x', '<f4'), ('y', '<f4')]", "False", "(3,)"), "several fields"},
           {header("'<f4'", "False", "(2, 4)"), "take 32 bytes, but there are 24; it may be truncated"},
           {header("'<f4'", "False", "(2, 2)"), "take 16 bytes, but there are 24"},
           {header("'<f4'", "False", "(99999999999, 99999999999)"), "more values than any file"},
           {header("'<f4'", "False", "(99999999999999999999,)"), "too large"},
           {header("'<f4'", "False", "(-2,)"), "no tuple of whole numbers"},
           {header("'<f4'", "Maybe", "(6,)"), "neither True nor False"},
           {npy_file("{'descr': '<f4'}", 4), "incomplete"},
           {npy_file("{'descr': '<f4', 'more': 1}", 4), "a key 'more'"},
           {npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", 4), "incomplete"},
           {npy_file("{}", 0, 9), "its version is 9"},
           {"PK\x03\x04", "does not begin like one"}})
    EXPECT_THAT(refusal_of(file), HasSubstr(expected));
}

TEST(Npy, IsRefusedAtEveryLengthBelowItsOwnAndNeverCrashesWithAChangedByte) {
  const std::string file = npy_header("F32", {2, 3}) + std::string(24, 'x');
  for (std::size_t length = 0; length < file.size(); ++length) refusal_of(file.substr(0, length));
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const int change : {1, 0x20, 0x80, 0xFF}) {
      std::string altered = file;
      altered[at] = static_cast<char>(altered[at] ^ change);
      try {
        EXPECT_LE(parse_npy(view_of(altered)).bytes.size, file.size());
      } catch (const Error&) {
      }
    }
}

}  // namespace
}  // namespace packrat
