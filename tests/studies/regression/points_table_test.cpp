#include "engine/studies/regression/points_table.h"

#include <gmock/gmock.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

using ::testing::ElementsAre;

const CsvTable& table() {
  static const CsvTable cells =
      parse_csv("model,a,b\nvgg11,1,2\nvgg11_bn,3,\nresnet18,5,6\nmy_vgg,7,8\n", "t.csv");
  return cells;
}

TEST(PointsTableTest, FamilyKeepsAndExcludeLeavesOutByTheFirstColumn) {
  EXPECT_THAT(select_points(table(), {"a", "a", "", ""}).points.x, ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(select_points(table(), {"a", "a", "^vgg", ""}).names, ElementsAre("vgg11", "vgg11_bn"));
  EXPECT_THAT(select_points(table(), {"a", "a", "vgg", "_bn$"}).names, ElementsAre("vgg11", "my_vgg"));
  EXPECT_EQ(select_points(table(), {"a", "a", "vgg", "_bn$"}).filtered, 2u);
}

TEST(PointsTableTest, RowsWithoutAValueAreNamed) {
  const SelectedPoints selected = select_points(table(), {"a", "b", "vgg", ""});
  EXPECT_THAT(selected.blanks, ElementsAre("vgg11_bn"));
  EXPECT_THAT(selected.points.x, ElementsAre(1, 7));
  EXPECT_THAT(selected.points.y, ElementsAre(2, 8));
}

TEST(PointsTableTest, AFaultyColumnCellOrExpressionIsAUserError) {
  EXPECT_THROW(select_points(table(), {"a", "c", "", ""}), UserError);
  EXPECT_THROW(select_points(table(), {"model", "a", "", ""}), UserError);
  EXPECT_THROW(select_points(table(), {"a", "b", "(", ""}), UserError);
  EXPECT_THROW(select_points(table(), {"a", "b", "", "["}), UserError);
}

}  // namespace
}  // namespace packrat
