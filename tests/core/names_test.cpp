// Names that users type: their encoding, and those that are close to what was meant.
#include <gtest/gtest.h>

#include "engine/core/closest_name.h"
#include "engine/core/utf8.h"

namespace packrat {
namespace {

TEST(Utf8, IsTextOfEveryLength) {
  for (const char* const text :
       {"", "plain", "caf\xc3\xa9", "\xe7\x8c\xab", "\xf0\x9f\x90\xbf", "\x7f", "\x01", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Utf8, IsNeitherLatin1NorCutOffNorOverlongNorASurrogate) {
  for (const char* const bytes :
       {"caf\xe9", "\xe9t\xe9", "\x80", "\xc3", "\xe7\x8c", "\xf0\x9f\x90", "\xc0\xaf", "\xe0\x80\xaf",
        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "a\xfe"})
    EXPECT_FALSE(is_utf8(bytes)) << printable(bytes);
}

TEST(Utf8, IsShownAsItIsAndOtherBytesByTheirNumbers) {
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("caf\xe9 \xc3"), "caf\\xe9 \\xc3");
  EXPECT_EQ(printable("new\nline\x1b["), "new\\x0aline\\x1b[");
}

TEST(ClosestName, IsTheOneThatWasMeant) {
  const std::vector<std::string> options{"--memory_size", "--memory_bytes", "--num_passes", "--seed",
                                         "--out"};
  for (const auto& [typed, meant] : {std::pair("--memory-size", "--memory_size"),
                                     {"--memorysize", "--memory_size"},
                                     {"--num_pases", "--num_passes"},
                                     {"--NUM_PASSES", "--num_passes"},
                                     {"--seeed", "--seed"},
                                     {"--sede", "--seed"},
                                     {"--uot", "--out"}})
    EXPECT_EQ(closest_name(typed, options), meant) << typed;
  EXPECT_EQ(closest_name("rum", {"sweep", "run", "results"}), "run");
}

TEST(ClosestName, IsNoneWhenNothingIsClose) {
  const std::vector<std::string> names{"run", "sweep", "results"};
  for (const char* const typed : {"banana", "x", "", "--colour"})
    EXPECT_EQ(closest_name(typed, names), "") << typed;
  EXPECT_EQ(closest_name("run", {}), "");
  EXPECT_EQ(closest_name(std::string(100'000, 'a'), names), "");
}

}  // namespace
}  // namespace packrat
