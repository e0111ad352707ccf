#include "engine/core/pattern.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(Pattern, MatchesAnywhereInTheText) {
  EXPECT_TRUE(Pattern("only", "^vgg").found_in("vgg11"));
  EXPECT_FALSE(Pattern("only", "^vgg").found_in("my_vgg"));
  EXPECT_TRUE(Pattern("only", R"(_s\d+$)").found_in("cifar10_none_s12"));
  EXPECT_TRUE(Pattern("only", "").found_in(""));
}

TEST(Pattern, WhatIsNoExpressionIsNamedWithItsOptionAndAReason) {
  for (const char* text : {"(", "[", "*", "a**", "(?=look)", R"((a)\1)", "\xe9", "x{9999}"})
    EXPECT_THAT(user_error([&] { Pattern("only", text); }),
                HasSubstr("--only '" + std::string(text) + "' is not a"))
        << text;
  EXPECT_THAT(user_error([] { Pattern("family", "("); }), HasSubstr("missing )"));
}

TEST(Pattern, NoExpressionAndNoTextTakesLongOrMuchStack) {
  const std::string many(200'000, 'a'), deep = std::string(900, '(') + "a" + std::string(900, ')');
  EXPECT_FALSE(Pattern("only", "(a+)+b").found_in(many));
  EXPECT_FALSE(Pattern("only", "(a|aa)*(a|aa)*b$").found_in(many));
  EXPECT_TRUE(Pattern("only", "(.|x)*").found_in(many));
  EXPECT_TRUE(Pattern("only", deep).found_in(many));
  EXPECT_FALSE(Pattern("only", "b").found_in("caf\xe9"));
}

}  // namespace
}  // namespace packrat
