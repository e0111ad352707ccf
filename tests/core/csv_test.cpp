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

TEST(Csv, TakesWhatSpreadsheetsOfOtherLanguagesWrite) {
  for (const std::string text :
       {"t;watts\n1;100,5\n2;7\n", "t;watts\r\n1;100.5\r\n2;7", "sep=;\nt;watts\n1;\"100,5\"\n2;7\n",
        "\xef\xbb\xbfsep=;\r\nt;watts\r\n1;100,5\r\n2;7\r\n", "t\twatts\n1\t100,5\n2\t7\n",
        "t;watts\r1;100,5\r2;7\r", "t,watts\r1,100.5\r2,7", "# by a plug\n\n#\nt,watts\n1,100.5\n2,7\n"}) {
    const CsvTable table = parse_csv(text, "t.csv");
    EXPECT_THAT(table.heading, ElementsAre("t", "watts")) << text;
    ASSERT_EQ(table.rows.size(), 2u) << text;
    EXPECT_EQ(table.number(0, 1), 100.5) << text;
    EXPECT_EQ(table.number(1, 1), 7) << text;
  }
  // A heading with commas is one of commas, whatever is in its cells; an empty cell between tabs is one.
  EXPECT_THAT(parse_csv("a,b;c\n1,2\n", "t").heading, ElementsAre("a", "b;c"));
  EXPECT_THAT(parse_csv("a\tb\tc\n1\t\t3\n", "t").rows[0], ElementsAre("1", "", "3"));
}

TEST(Csv, CommentsBelowTheHeadingAreRowsUnlessAskedFor) {
  const std::string text = "name,v\n#1,2\n\n# restarted\nx,3\n";
  EXPECT_EQ(parse_csv(text, "t", CsvComments::kEverywhere).rows.size(), 1u);
  EXPECT_EQ(parse_csv("name,v\n#1,2\n", "t").rows.size(), 1u);
}

TEST(Csv, ADecimalCommaIsNeverGuessedBetweenCommas) {
  EXPECT_THAT(user_error([] { parse_csv("a,b\n\"1,5\",2\n", "t").number(0, 0); }),
              HasSubstr("'1,5' is not a number"));
  EXPECT_THAT(user_error([] { parse_csv("a;b\n1.234,5;2\n", "t").number(0, 0); }),
              HasSubstr("'1.234,5' is not a number"));
  EXPECT_THAT(user_error([] { parse_csv("a;b\n1,2,3;2\n", "t").number(0, 0); }),
              HasSubstr("'1,2,3' is not a number"));
  EXPECT_THAT(user_error([] { parse_csv("a,b\n1,5,2\n", "t"); }),
              HasSubstr("decimal commas need semicolons"));
}

TEST(Csv, WritesWhatItReadsBack) {
  for (const std::string cell : {"plain", "a,b", "say \"x\"", "two\nlines", ""})
    EXPECT_EQ(parse_csv("h,i\n" + csv_cell(cell) + ",1", "t").rows[0][0], cell);
}

TEST(Csv, NamesWhatIsWrong) {
  EXPECT_THAT(user_error([] { parse_csv("", "t.csv"); }), HasSubstr("t.csv is empty"));
  EXPECT_THAT(user_error([] { parse_csv("a,b\n1,2,3\n", "t.csv"); }), HasSubstr("row 1 has 3 cells"));
  EXPECT_THAT(user_error([] { parse_csv("a\n\"open\n", "t.csv"); }), HasSubstr("never closed"));
  EXPECT_THAT(user_error([] { parse_csv("a,b\n1,2\n3", "t.csv"); }),
              HasSubstr("row 2 has 1 cells, the heading 2: the last line is cut off"));
  EXPECT_THAT(user_error([] { parse_csv("a,b\n1\n3,4", "t.csv"); }), HasSubstr("fix the file"));
  EXPECT_THAT(user_error([] {
                parse_csv(std::string("\xff\xfe"
                                      "a\0,\0",
                                      6),
                          "t.csv");
              }),
              HasSubstr("UTF-16"));
  EXPECT_THAT(user_error([] { parse_csv("# nothing but\n# comments\n", "t.csv"); }),
              HasSubstr("a heading is needed"));
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
