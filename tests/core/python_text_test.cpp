#include "engine/core/python_text.h"

#include <gmock/gmock.h>

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PythonRepr, PrintsValuesAsPythonDoes) {
  // Each pair as `python3 -c "print(repr(...))"` prints it.
  for (const auto& [text, printed] : std::map<std::string, std::string>{{"", "''"},
                                                                        {"CIFAR10", "'CIFAR10'"},
                                                                        {"it's", "\"it's\""},
                                                                        {"say \"x\"", "'say \"x\"'"},
                                                                        {"it's \"x\"", "'it\\'s \"x\"'"},
                                                                        {"a\\b", "'a\\\\b'"},
                                                                        {"a\nb\tc\rd", "'a\\nb\\tc\\rd'"},
                                                                        {"\x1b[0m", "'\\x1b[0m'"},
                                                                        {"caf\xc3\xa9", "'caf\xc3\xa9'"},
                                                                        {"caf\xe9", "'caf\\udce9'"},
                                                                        {"\xc2\xa0\xc2\x85", "'\\xa0\\x85'"},
                                                                        {"\xe2\x80\xa8", "'\\u2028'"}})
    EXPECT_EQ(python_repr(std::string_view(text)), printed);
  EXPECT_EQ(python_repr(std::int64_t{-3}), "-3");
  EXPECT_EQ(python_repr(3.0), "3.0");
  EXPECT_EQ(python_repr(0.95), "0.95");
  EXPECT_EQ(python_repr(1e-6), "1e-06");
  EXPECT_EQ(python_repr(0.0001), "0.0001");
  EXPECT_EQ(python_repr(true), "True");
  EXPECT_EQ(python_repr(false), "False");
}

std::vector<std::pair<std::string, std::string>> pairs_in(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const PythonField& field : python_fields(text)) pairs.emplace_back(field.name, field.value);
  return pairs;
}

using Pair = std::pair<std::string, std::string>;

TEST(PythonFields, TextsReadBackToTheirBytes) {
  for (const std::string text : {"", "plain", "it's", "say \"x\"", "it's \"x\"", "a\\b\\", "two\nlines",
                                 "caf\xe9\xff", "\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80", ")", "a=b, c='d'"})
    EXPECT_THAT(pairs_in("x=" + python_repr(std::string_view(text)) + ", y=1"),
                ElementsAre(Pair{"x", text}, Pair{"y", "1"}));
}

TEST(PythonFields, WhatStandsInAValueIsNotLookedInto) {
  EXPECT_THAT(pairs_in("a=[1, 2, 'b=3'], device=device(type='cuda', index=0), c=Namespace(d=1), e=None"),
              ElementsAre(Pair{"a", "[1, 2, 'b=3']"}, Pair{"device", "device(type='cuda', index=0)"},
                          Pair{"c", "Namespace(d=1)"}, Pair{"e", "None"}));
  EXPECT_THAT(pairs_in("exp_name='seed=7', seed=0"),
              ElementsAre(Pair{"exp_name", "seed=7"}, Pair{"seed", "0"}));
}

TEST(PythonFields, AreFoundWithWhateverStandsBetween) {
  EXPECT_THAT(
      pairs_in("[10:00] INFO lr=0.1 (seed=3) it's\nblock=2, encoding_block=3"),
      ElementsAre(Pair{"lr", "0.1"}, Pair{"seed", "3"}, Pair{"block", "2"}, Pair{"encoding_block", "3"}));
  EXPECT_THAT(pairs_in("no fields = here, a = 1"), IsEmpty());
}

TEST(PythonFields, BrokenTextEndsWithItsLineAndTheNextOneIsRead) {
  for (const char* broken :
       {"a='open", "a=\"open", "a=[1, (2", "a='x\\", "a='\\x", "a='\\U0011", "a=)", "a="}) {
    const auto pairs = pairs_in(std::string(broken) + "\nseed=1");
    ASSERT_FALSE(pairs.empty()) << broken;
    EXPECT_EQ(pairs.back(), (Pair{"seed", "1"})) << broken;
  }
}

TEST(PythonNamespaces, OneALineWithWhatIsBetweenItsBrackets) {
  const std::string log =
      "[10:00] Namespace(a=1, b='x)', c=[(1)])\nnothing\r\nMyNamespace(z=1)\rNamespace(d=2) "
      "Namespace(e=3)\nNamespace(f='open";
  const auto found = python_namespaces(log);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].line, 0u);
  EXPECT_EQ(found[0].inside, "a=1, b='x)', c=[(1)]");
  EXPECT_EQ(found[1].inside, "d=2");
  EXPECT_EQ(log.substr(found[1].line, 11), "Namespace(d");
  EXPECT_EQ(found[2].inside, "f='open");
}

TEST(PythonNamespaces, HostileTextTakesTimeThatGrowsWithItsLengthAlone) {
  for (const std::string piece :
       {"Namespace(", "Namespace(a=[", "a=(", "(", "a='", "\\", "Namespace(\n", "a=b", "\xff"}) {
    std::string text;
    while (text.size() < 4'000'000) text += piece;
    python_namespaces(text);
    python_fields(text);
  }
}

}  // namespace
}  // namespace packrat
