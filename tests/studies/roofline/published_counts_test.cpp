#include "engine/studies/roofline/published_counts.h"

#include <gmock/gmock.h>

namespace packrat {
namespace {
using ::testing::AnyOf;
using ::testing::StartsWith;

struct Expected {
  const char *table, *quantity;
  int cells, exact;
};
constexpr const char *kDetails = "snapshot_2e994bd/topology_details.csv",
                     *kSeed = "snapshot_2e994bd/cnn_topologies_compute_memory_requirements.csv",
                     *kFinal = "head/cnn_topologies_compute_memory_requirements.csv";

TEST(PublishedCounts, AgreeButForTheKnownSlips) {
  const std::vector<Expected> expected{{"energy/models.csv", "multiply-adds", 35, 35},
                                       {"energy/models.csv", "parameters", 35, 35},
                                       {kDetails, "parameters", 15, 15},
                                       {kDetails, "operations of an image", 7, 6},
                                       {kSeed, "GOP", 17, 15},
                                       {kFinal, "operations/byte, from layers", 40, 35},
                                       {kFinal, "operations/byte, from listed figures", 9, 8}};
  const std::vector<TableCheck> checks = check_published_counts(published_networks());
  ASSERT_EQ(checks.size(), expected.size());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    EXPECT_EQ(checks[i].table, expected[i].table);
    EXPECT_EQ(checks[i].quantity, expected[i].quantity);
    EXPECT_EQ(checks[i].cells, expected[i].cells) << checks[i].table;
    EXPECT_EQ(checks[i].exact, expected[i].exact) << checks[i].table << ", " << checks[i].quantity;
  }
}

TEST(PublishedCounts, EveryDifferenceHasItsReason) {
  for (const TableCheck& check : check_published_counts(published_networks()))
    for (const TableCheck::Mismatch& wrong : check.wrong) {
      EXPECT_THAT(wrong.row, AnyOf(StartsWith("CNV 12.5"), StartsWith("CNV-12.5"), "ResNet-50 80%",
                                   "EfficientNet Edge L", "EfficientNet Edge S"));
      EXPECT_FALSE(wrong.why.empty()) << wrong.row << ", " << wrong.column;
    }
}

TEST(PublishedCounts, TheIntensityOfPrunedResnetFollowsFromItsListedFigures) {
  const TableCheck last = check_published_counts(published_networks()).back();
  ASSERT_EQ(last.wrong.size(), 1u);
  EXPECT_EQ(last.wrong[0].listed, "271.65");
  EXPECT_NEAR(last.wrong[0].computed, 275.95, 0.005);
}

TEST(TableCheck, CountsCellsAndKeepsThoseThatDiffer) {
  TableCheck check{"table", "quantity"};
  check.add("a row", "a column", "1.25", 1.254);
  check.add("a row", "another", "1.25", 1.256);
  EXPECT_EQ(check.cells, 2);
  EXPECT_EQ(check.exact, 1);
  ASSERT_EQ(check.wrong.size(), 1u);
  EXPECT_EQ(check.wrong[0].column, "another");
  EXPECT_EQ(check.wrong[0].why, "") << "no slip of this name is known";
}

}  // namespace
}  // namespace packrat
