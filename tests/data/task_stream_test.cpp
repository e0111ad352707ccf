#include "engine/data/task_stream.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/data/expect_error.h"

namespace packrat::testing_data {
namespace {
using ::testing::HasSubstr;

constexpr int kClasses = 10;

/// 200 labels, 20 a class, in a fixed jumble.
std::vector<std::uint16_t> labels() {
  std::vector<std::uint16_t> all;
  for (int i = 0; i < 200; ++i) all.push_back(static_cast<std::uint16_t>((i * 7 + i / 10) % kClasses));
  return all;
}

StreamOptions options(int tasks, int classes, std::uint64_t seed = 0) {
  StreamOptions result;
  result.num_tasks = tasks;
  result.classes_per_task = classes;
  result.seed = seed;
  return result;
}

TEST(TaskStream, BringsEveryChosenImageOnceAndTaskByTask) {
  for (const auto& [tasks, classes] : {std::pair{5, 2}, {1, 10}, {10, 1}, {3, 2}, {2, 5}, {1, 1}}) {
    for (const bool permuted : {false, true}) {
      SCOPED_TRACE(testing::Message() << tasks << " x " << classes << (permuted ? ", permuted" : ""));
      StreamOptions how = options(tasks, classes, 3);
      if (permuted) how.class_order_seed = 8;
      const TaskStream stream = make_task_stream(labels(), kClasses, how);
      EXPECT_EQ(stream.classes(), tasks * classes);
      std::vector<std::int64_t> sorted = stream.order;
      std::sort(sorted.begin(), sorted.end());
      EXPECT_EQ(sorted, chosen_images(labels(), stream));
      EXPECT_EQ(sorted.size(), 20U * tasks * classes);
      ASSERT_EQ(stream.task_end.size(), static_cast<std::size_t>(tasks));
      for (std::size_t i = 0, task = 0; i < stream.order.size(); ++i) {
        while (static_cast<std::int64_t>(i) >= stream.task_end[task]) ++task;
        const int position = stream.position_of_label[labels()[stream.order[i]]];
        ASSERT_EQ(stream.task_of(position), static_cast<int>(task)) << "arrival " << i;
      }
      EXPECT_EQ(stream.task_end.back(), static_cast<std::int64_t>(stream.order.size()));
    }
  }
}

TEST(TaskStream, PositionsAndLabelsAreInverse) {
  StreamOptions how = options(3, 2);
  how.class_order_seed = 5;
  const TaskStream stream = make_task_stream(labels(), kClasses, how);
  for (int position = 0; position < stream.classes(); ++position)
    EXPECT_EQ(stream.position_of_label[stream.class_order[position]], position);
  EXPECT_EQ(std::count(stream.position_of_label.begin(), stream.position_of_label.end(), -1), kClasses - 6);
}

TEST(TaskStream, KeepsLabelOrderUnlessASeedPermutesTheClasses) {
  std::vector<int> identity(kClasses);
  std::iota(identity.begin(), identity.end(), 0);
  StreamOptions how = options(5, 2);
  EXPECT_EQ(make_task_stream(labels(), kClasses, how).class_order, identity);
  std::set<std::vector<int>> orders{identity};
  for (const std::uint64_t seed : {0, 1, 2}) {
    how.class_order_seed = seed;
    orders.insert(make_task_stream(labels(), kClasses, how).class_order);
  }
  EXPECT_EQ(orders.size(), 4U);
}

TEST(TaskStream, DependsOnTheSeedAlone) {
  for (const bool iid : {false, true}) {
    StreamOptions how = options(5, 2, 7);
    how.iid = iid;
    const auto first = make_task_stream(labels(), kClasses, how).order;
    EXPECT_EQ(make_task_stream(labels(), kClasses, how).order, first);
    how.seed = 8;
    EXPECT_NE(make_task_stream(labels(), kClasses, how).order, first);
  }
}

TEST(TaskStream, ShufflesATaskAlikeWhateverComesBeforeIt) {
  const TaskStream two = make_task_stream(labels(), kClasses, options(2, 2, 4));
  const TaskStream five = make_task_stream(labels(), kClasses, options(5, 2, 4));
  EXPECT_TRUE(std::equal(two.order.begin(), two.order.end(), five.order.begin()));
  EXPECT_FALSE(std::is_sorted(two.order.begin(), two.order.begin() + two.task_end[0]));
}

TEST(TaskStream, ShufflesEachTaskInItsOwnWay) {
  const TaskStream stream = make_task_stream(labels(), kClasses, options(5, 2, 4));
  std::set<std::vector<std::size_t>> shuffles;
  for (std::size_t task = 0; task < 5; ++task) {
    const auto begin = stream.order.begin() + static_cast<std::int64_t>(40 * task);
    std::vector<std::int64_t> sorted(begin, begin + 40);
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::size_t> ranks;
    for (auto i = begin; i != begin + 40; ++i)
      ranks.push_back(std::lower_bound(sorted.begin(), sorted.end(), *i) - sorted.begin());
    shuffles.insert(ranks);
  }
  EXPECT_EQ(shuffles.size(), 5U);
}

TEST(TaskStream, IidMixesAllChosenClassesInOneSequence) {
  StreamOptions how = options(3, 2, 1);
  how.iid = true;
  const TaskStream stream = make_task_stream(labels(), kClasses, how);
  EXPECT_EQ(stream.task_end, (std::vector<std::int64_t>{120}));
  std::set<int> early;
  for (int i = 0; i < 40; ++i) early.insert(labels()[stream.order[i]]);
  EXPECT_EQ(early, (std::set<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(stream.task_of(5), 2);
}

TEST(TaskStream, FollowsTheTasksOfAFileWhateverTheirClasses) {
  std::vector<std::int32_t> tasks;
  for (int i = 0; i < 200; ++i) tasks.push_back(i % 3 == 0 ? -7 : i % 3 == 1 ? 40 : 2);
  const TaskStream stream = make_task_stream(labels(), kClasses, options(5, 2), tasks);
  std::vector<std::int64_t> sorted = stream.order;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, chosen_images(labels(), stream));
  EXPECT_EQ(stream.task_end, (std::vector<std::int64_t>{67, 133, 200}));
  const std::int32_t in_order[] = {-7, 2, 40};
  for (std::size_t i = 0, task = 0; i < stream.order.size(); ++i) {
    while (static_cast<std::int64_t>(i) >= stream.task_end[task]) ++task;
    ASSERT_EQ(tasks[static_cast<std::size_t>(stream.order[i])], in_order[task]) << "arrival " << i;
  }
  EXPECT_FALSE(std::is_sorted(stream.order.begin(), stream.order.begin() + stream.task_end[0]))
      << "not shuffled";
  const TaskStream some = make_task_stream(labels(), kClasses, options(1, 2), tasks);
  EXPECT_EQ(some.order.size(), 40U) << "classes that were not chosen stay out";
  StreamOptions iid = options(5, 2);
  iid.iid = true;
  EXPECT_EQ(make_task_stream(labels(), kClasses, iid, tasks).order,
            make_task_stream(labels(), kClasses, iid).order);
}

TEST(TaskStream, NamesTheRangeOfAWrongNumber) {
  const auto error = [](int tasks, int classes) {
    return user_error([&] { make_task_stream(labels(), kClasses, options(tasks, classes)); });
  };
  EXPECT_THAT(error(0, 2), HasSubstr("--num_tasks 0: give a number from 1 to 10"));
  EXPECT_THAT(error(-3, 2), HasSubstr("--num_tasks -3"));
  EXPECT_THAT(error(11, 1), HasSubstr("--num_tasks 11"));
  EXPECT_THAT(error(5, 0), HasSubstr("--num_classes_per_task 0"));
  EXPECT_THAT(error(1, 2000000000), HasSubstr("--num_classes_per_task 2000000000"));
  EXPECT_THAT(error(6, 2), HasSubstr("12 classes, but the data set has 10"));
  EXPECT_THAT(error(6, 2), HasSubstr("1 to 5"));
}

TEST(HoldOut, TakesAShareOfEveryClassOutOfTheStreamAndNothingElse) {
  for (const double share : {0.01, 0.1, 0.25, 0.5})
    for (const bool iid : {false, true}) {
      SCOPED_TRACE(testing::Message() << share << (iid ? ", iid" : ""));
      StreamOptions how = options(4, 2, 3);
      how.iid = iid;
      const TaskStream whole = make_task_stream(labels(), kClasses, how);
      TaskStream stream = whole;
      const std::vector<std::int64_t> out = hold_out(stream, labels(), share, 7);
      std::vector<std::int64_t> all = stream.order, arrived = whole.order;
      all.insert(all.end(), out.begin(), out.end());
      std::sort(all.begin(), all.end());
      EXPECT_EQ(all, chosen_images(labels(), whole)) << "each image once, in the stream or out of it";
      std::vector<int> of_class(kClasses);
      for (const std::int64_t image : out) ++of_class[labels()[image]];
      for (int label = 0; label < 8; ++label) EXPECT_EQ(of_class[label], std::ceil(20 * share)) << label;
      arrived.erase(
          std::remove_if(arrived.begin(), arrived.end(),
                         [&](std::int64_t i) { return std::binary_search(out.begin(), out.end(), i); }),
          arrived.end());
      EXPECT_EQ(stream.order, arrived) << "in the order of the whole stream";
      for (std::size_t i = 0, task = 0; !iid && i < stream.order.size(); ++i) {
        while (static_cast<std::int64_t>(i) >= stream.task_end[task]) ++task;
        ASSERT_EQ(stream.task_of(stream.position_of_label[labels()[stream.order[i]]]),
                  static_cast<int>(task));
      }
      EXPECT_EQ(stream.task_end.back(), static_cast<std::int64_t>(stream.order.size()));
      TaskStream again = whole;
      EXPECT_EQ(hold_out(again, labels(), share, 7), out);
      EXPECT_NE(hold_out(again = whole, labels(), share, 8), out);
    }
}

TEST(HoldOut, LeavesNoClassWithoutImages) {
  TaskStream stream = make_task_stream({0, 0, 1}, 2, options(1, 2));
  EXPECT_THAT(user_error([&] {
                hold_out(stream, {0, 0, 1}, 0.5, 0);
              }),
              HasSubstr("class 1 has 1 training images, too few to hold out 0.5 of them"));
}

}  // namespace
}  // namespace packrat::testing_data
