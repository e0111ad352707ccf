#include "engine/core/parse_value.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(Numbers, AreDecimalWhateverTheyBeginWith) {
  const std::pair<const char*, std::int64_t> whole[] = {{"0", 0},
                                                        {"010", 10},
                                                        {"0100", 100},
                                                        {"08", 8},
                                                        {"-7", -7},
                                                        {"9223372036854775807", INT64_MAX},
                                                        {"-9223372036854775808", INT64_MIN}};
  for (const auto& [text, expected] : whole) {
    std::int64_t value = 1;
    EXPECT_EQ(read_number(text, value), NumberText::kNumber) << text;
    EXPECT_EQ(value, expected) << text;
  }
  const std::pair<const char*, double> real[] = {{"0.05", 0.05}, {".5", 0.5}, {"-.5", -0.5}, {"1e-4", 1e-4},
                                                 {"1E3", 1000},  {"07", 7},   {"5.", 5}};
  for (const auto& [text, expected] : real) {
    double value = 1;
    EXPECT_EQ(read_number(text, value), NumberText::kNumber) << text;
    EXPECT_EQ(value, expected) << text;
  }
}

TEST(Numbers, OfAnyOtherSpellingAreNone) {
  for (const char* const text :
       {"",   " ",  "-",   "+",   "+1",   " 1",  "1 ",       "1_000", "1,000", "0x10",     "0b1", "0o7",
        "1e", "e5", "abc", "inf", "-inf", "nan", "infinity", "--1",   "1-",    "\xd9\xa3", "1\n"}) {
    std::int64_t whole = 42;
    double real = 42;
    EXPECT_EQ(read_number(text, whole), NumberText::kNone) << text;
    EXPECT_EQ(read_number(text, real), NumberText::kNone) << text;
    EXPECT_EQ(whole, 42) << text;
    EXPECT_EQ(real, 42) << text;
  }
  std::int64_t whole = 42;
  for (const char* const text : {"1.5", "1.0", "1e3", ".5"})
    EXPECT_EQ(read_number(text, whole), NumberText::kNone) << text;
}

TEST(Numbers, ThatTheirTypeDoesNotHoldAreNotTheNearestOneThatItDoes) {
  std::int64_t whole = 42;
  for (const char* const text : {"9223372036854775808", "18446744073709551616", "-9223372036854775809"})
    EXPECT_EQ(read_number(text, whole), NumberText::kOutOfType) << text;
  EXPECT_EQ(whole, 42);
  std::uint64_t natural = 42;
  EXPECT_EQ(read_number("18446744073709551615", natural), NumberText::kNumber);
  EXPECT_EQ(natural, UINT64_MAX);
  for (const char* const text : {"-1", "-0", "18446744073709551616"})
    EXPECT_EQ(read_number(text, natural), NumberText::kOutOfType) << text;
  double real = 42;
  EXPECT_EQ(read_number("1e999", real), NumberText::kOutOfType);
  EXPECT_EQ(real, 42);
}

TEST(Numbers, OutOfRangeAreRefusedInOneLineWithTheRange) {
  EXPECT_EQ(option_number("--top", "3", 1, 1000), 3);
  EXPECT_EQ(option_number<double>("--width", "4", 4, 60), 4);
  for (const char* const text : {"0", "1001", "-1", "2147483648", "99999999999999999999", "", "3.0", "three"})
    EXPECT_THAT(
        user_error([&] { option_number("--top", text, 1, 1000); }),
        AllOf(HasSubstr("--top"), HasSubstr(std::string("'") + text + "'"), HasSubstr("from 1 to 1000")))
        << text;
  EXPECT_THAT(user_error([] { option_number<double>("--width", "3.9", 4, 60); }), HasSubstr("from 4 to 60"));
  EXPECT_THAT(user_error([] { option_number<double>("--at", "nan"); }), HasSubstr("must be a number"));
  EXPECT_THAT(user_error([] { option_number<std::uint64_t>("--seed", "-1"); }),
              HasSubstr("from 0 to 18446744073709551615"));
}

}  // namespace
}  // namespace packrat
