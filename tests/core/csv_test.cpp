#include "engine/core/csv.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(Csv, ReadsQuotesBlanksAndBothLineEnds) {
  const CsvTable table =
      parse_csv("\xef\xbb\xbf name , value\r\n\"a, \"\"b\"\"\", 1.5e3\r\n\n c ,\n\"two\nlines\",-2", "t.csv");
  EXPECT_THAT(table.heading, ElementsAre("name", "value"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a, \"b\"", "1.5e3"), ElementsAre("c", ""),
                                      ElementsAre("two\nlines", "-2")));
  EXPECT_EQ(table.number(0, table.column("value")), 1500);
  EXPECT_EQ(table.number(1, 1), std::nullopt);
}

TEST(Csv, WritesWhatItReadsBack) {
  for (const std::string cell : {"plain", "a,b", "say \"x\"", "two\nlines", ""})
    EXPECT_EQ(parse_csv("h,i\n" + csv_cell(cell) + ",1", "t").rows[0][0], cell);
}

TEST(Csv, NamesWhatIsWrong) {
  EXPECT_THAT(user_error([] { parse_csv("", "t.csv"); }), HasSubstr("t.csv is empty"));
  EXPECT_THAT(user_error([] { parse_csv("a,b\n1,2,3\n", "t.csv"); }), HasSubstr("row 1 has 3 cells"));
  EXPECT_THAT(user_error([] { parse_csv("a\n\"open\n", "t.csv"); }), HasSubstr("never closed"));
  const CsvTable table = parse_csv("a,b\nx,\n", "t.csv");
  EXPECT_THAT(user_error([&] { table.column("c"); }), HasSubstr("there are: a, b"));
  EXPECT_THAT(user_error([&] { table.number(0, 0); }), HasSubstr("'x' is not a number"));
  EXPECT_THAT(user_error([&] { table.required_number(0, 1); }), HasSubstr("blank"));
}

TEST(Csv, TakesOnlyWholeFiniteNumbers) {
  EXPECT_EQ(parse_number("-1e-3"), -0.001);
  for (const char* text : {"", "nan", "inf", "1x", "1 ", "0x10", "1,5"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

}  // namespace
}  // namespace packrat
