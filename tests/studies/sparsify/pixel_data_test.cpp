#include "engine/studies/sparsify/pixel_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/core/error.h"

namespace packrat {
namespace {

std::vector<std::int64_t> labels_of(std::int64_t count, std::int64_t classes) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(i * 7 % classes);
  return labels;
}

TEST(StratifiedChoice, TakesTheSameShareOfEveryClass) {
  const std::vector<std::int64_t> labels = labels_of(1000, 10);
  const std::vector<std::int64_t> chosen = stratified_choice(labels, 10, 203, 0);
  ASSERT_EQ(chosen.size(), 203U);
  EXPECT_TRUE(std::is_sorted(chosen.begin(), chosen.end()));
  std::vector<int> of_class(10);
  for (const std::int64_t i : chosen)
    ++of_class[static_cast<std::size_t>(labels[static_cast<std::size_t>(i)])];
  EXPECT_EQ(of_class, (std::vector<int>{21, 21, 21, 20, 20, 20, 20, 20, 20, 20}));
}

TEST(StratifiedChoice, IsTheSameEveryTimeAndNotTheFirstImages) {
  const std::vector<std::int64_t> labels = labels_of(1000, 10);
  EXPECT_EQ(stratified_choice(labels, 10, 100, 0), stratified_choice(labels, 10, 100, 0));
  EXPECT_GT(stratified_choice(labels, 10, 100, 0).back(), 500);
}

TEST(StratifiedChoice, SkipsWhatAnotherChoiceTook) {
  const std::vector<std::int64_t> labels = labels_of(1000, 10);
  std::vector<std::int64_t> all = stratified_choice(labels, 10, 203, 0),
                            next = stratified_choice(labels, 10, 111, 203);
  all.insert(all.end(), next.begin(), next.end());
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), 314U);
}

TEST(StratifiedChoice, OfMoreThanAClassHasIsRefused) {
  EXPECT_THROW(stratified_choice(labels_of(1000, 10), 10, 1001, 0), UserError);
}

TEST(LoadPixels, RefusesAnUnknownName) {
  EXPECT_THROW(load_pixels("kmnist", testing::TempDir(), 100), UserError);
}

}  // namespace
}  // namespace packrat
