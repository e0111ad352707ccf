#include "engine/data/class_subset.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ClassList, ReadsLabelsAndRangesInAscendingOrderEachOnce) {
  EXPECT_THAT(parse_class_list("0-3", 10), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(parse_class_list("7,2", 10), ElementsAre(2, 7));
  EXPECT_THAT(parse_class_list("8-9,0-1,9,1", 10), ElementsAre(0, 1, 8, 9));
  EXPECT_EQ(parse_class_list("0-199", 200).size(), 200U);
}

TEST(ClassList, RefusesEverythingElseInOneLine) {
  for (const char* text :
       {"", "3", "3,3", "a", "1-", "-1", "2-1", "1-2-3", "0,,1", "0-10", "0, 1", "99999999999"})
    EXPECT_THAT(user_error([&] { parse_class_list(text, 10); }), HasSubstr("give labels from 0 to 9"))
        << text;
}

TEST(ClassSubset, KeepsTheImagesOfItsClassesInOrderUnderNewLabels) {
  TempFolder data;
  const DatasetInfo info = toy_info();
  write_toy_files(info, data / info.folder);
  const Dataset whole = load_dataset(info, data.path());
  Dataset part = load_dataset(info, data.path());
  keep_classes(part, {1, 3});
  EXPECT_THAT(part.class_names, ElementsAre("bee", "dog"));
  for (const auto& [kept, all] : {std::pair(&part.train, &whole.train), std::pair(&part.test, &whole.test)}) {
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < all->count(); ++i) {
      const int label = all->labels[static_cast<std::size_t>(i)];
      if (label != 1 && label != 3) continue;
      ASSERT_LT(at, kept->count());
      EXPECT_EQ(kept->labels[static_cast<std::size_t>(at)], label == 1 ? 0 : 1);
      EXPECT_EQ(kept->pixels(at, 1), all->pixels(i, 1));
      ++at;
    }
    EXPECT_EQ(at, kept->count());
  }
}

}  // namespace
}  // namespace packrat::testing_data
