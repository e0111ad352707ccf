#include "engine/report/table.h"

#include <gtest/gtest.h>

namespace packrat {
namespace {

Table example_table() {
  Table table{"example", "Example"};
  table.columns = {{"name, quoted"}, {"slots"}, {"final %", 2}, {"mixed"}, {"empty"}};
  table.rows = {{std::string("plain"), std::int64_t{10}, 12.3456, std::string("a|b"), {}},
                {std::string("say \"hi\",\nplease"), std::int64_t{-200}, {}, 1.0, {}},
                {std::string("± ü"), {}, 100.0, std::int64_t{3}, {}}};
  return table;
}

TEST(Table, CsvIsThatOfRfc4180WithAllDigits) {
  EXPECT_EQ(csv_text(example_table()),
            "\"name, quoted\",slots,final %,mixed,empty\r\n"
            "plain,10,12.3456,a|b,\r\n"
            "\"say \"\"hi\"\",\nplease\",-200,,1,\r\n"
            "± ü,,100,3,\r\n");
  Table table = example_table();
  table.rows = {{0.1, 1.0 / 3, 1e300, 123456789.0, std::string("\r")}};
  EXPECT_EQ(csv_text(table).substr(csv_text(table).find('\n') + 1),
            "0.1,0.3333333333333333,1e+300,123456789,\"\r\"\r\n");
}

TEST(Table, MarkdownIsAlignedAndBarsDoNotEndACell) {
  Table table = example_table();
  table.columns[0].title = "name";
  table.rows[1][0] = std::string("longer name");
  EXPECT_EQ(markdown_text(table),
            "| name        | slots | final % | mixed | empty |\n"
            "|-------------|------:|--------:|-------|-------|\n"
            "| plain       |    10 |   12.35 | a\\|b  | -     |\n"
            "| longer name |  -200 |       - | 1.00  | -     |\n"
            "| ± ü         |     - |  100.00 | 3     | -     |\n");
}

TEST(Table, ANumberColumnHoldsNumbersAndNoText) {
  const Table table = example_table();
  const std::vector<bool> expected{false, true, true, false, false};
  for (std::size_t c = 0; c < expected.size(); ++c) EXPECT_EQ(is_number_column(table, c), expected[c]) << c;
}

TEST(Table, CellsReadAsTheirTypeSays) {
  EXPECT_EQ(cell_text({}, 2), "-");
  EXPECT_EQ(cell_text(std::string("x"), 2), "x");
  EXPECT_EQ(cell_text(std::int64_t{1536000}, 2), "1536000");
  EXPECT_EQ(cell_text(2.0 / 3, 4), "0.6667");
}

TEST(Table, WithoutRowsItHasItsHeading) {
  Table table = example_table();
  table.rows.clear();
  EXPECT_EQ(csv_text(table), "\"name, quoted\",slots,final %,mixed,empty\r\n");
  EXPECT_NE(markdown_text(table).find("| final % |"), std::string::npos);
}

}  // namespace
}  // namespace packrat
