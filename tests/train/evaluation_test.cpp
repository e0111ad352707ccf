#include "engine/train/evaluation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/core/rng.h"
#include "models/head.h"

namespace packrat {
namespace {

/// An mlp head whose logits are its inputs (which must not be negative), up to the factor 1 / sqrt(1 + 1e-6)
/// of its batch norm: all its layers are identities.
Head identity_head(int classes) {
  Head head = make_head({"mlp", Cut(), {classes, 1, 1}, classes}, 1);
  StateDict state = head_state(head);
  for (auto& [name, tensor] : state) {
    if (tensor.dim() == 2) tensor.copy_(at::eye(tensor.size(0), tensor.size(1)));
    if (name.rfind("hidden", 0) == 0 && tensor.dim() == 1) tensor.zero_();
  }
  load_head_state(head, state);
  return head;
}

struct Scores {
  std::vector<float> values;
  std::vector<std::uint16_t> labels;
  std::int64_t classes;
  LabelledRows set() const {
    return {ConstRows(values.data(), static_cast<std::int64_t>(labels.size()), classes), labels};
  }
};

Accuracy score(const Scores& scores, std::int64_t classes_per_task, int threads = 1) {
  Head head = identity_head(static_cast<int>(scores.classes));
  return evaluate(head, scores.set(), {classes_per_task, threads, "cpu"});
}

TEST(Evaluation, CountsHitsAmongAllClassesAndAmongTheTasksOwn) {
  // Tasks {0, 1} and {2, 3}.
  const Scores scores{{
                          9, 1, 2, 3,  // label 0: right both ways
                          2, 1, 9, 3,  // label 0: task 1 wins, but within its own task it is right
                          1, 2, 9, 3,  // label 0: wrong both ways
                          1, 2, 3, 9,  // label 3: right both ways
                          9, 8, 3, 7,  // label 3: right within its task only
                      },
                      {0, 0, 0, 3, 3},
                      4};
  const Accuracy accuracy = score(scores, 2);
  EXPECT_DOUBLE_EQ(accuracy.all_classes, 2.0 / 5);
  EXPECT_DOUBLE_EQ(accuracy.own_task, 4.0 / 5);
  ASSERT_EQ(accuracy.of_task.size(), 2U);
  EXPECT_DOUBLE_EQ(accuracy.of_task[0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(accuracy.of_task[1], 1.0 / 2);
}

TEST(Evaluation, ATaskWithoutImagesHasNoAccuracy) {
  const Accuracy accuracy = score({{1, 0, 0, 0, 0, 1, 0, 0, 1}, {0, 2, 2}, 3}, 1);
  ASSERT_EQ(accuracy.of_task.size(), 3U);
  EXPECT_EQ(accuracy.of_task[0], 1);
  EXPECT_TRUE(std::isnan(accuracy.of_task[1]));
  EXPECT_EQ(accuracy.of_task[2], 1);
}

TEST(Evaluation, WithOneTaskOfAllClassesBothFiguresAgree) {
  Rng rng(4);
  Scores scores{{}, {}, 6};
  for (int i = 0; i < 50; ++i) {
    for (int c = 0; c < 6; ++c) scores.values.push_back(static_cast<float>(rng.uniform()));
    scores.labels.push_back(static_cast<std::uint16_t>(rng.below(6)));
  }
  const Accuracy accuracy = score(scores, 6);
  EXPECT_EQ(accuracy.all_classes, accuracy.own_task);
  EXPECT_EQ(accuracy.of_task, std::vector<double>{accuracy.all_classes});
}

TEST(Evaluation, ATaskOfOneClassIsAlwaysRightWithinItself) {
  const Accuracy accuracy = score({{0, 1, 2, 2, 1, 0}, {0, 2}, 3}, 1);
  EXPECT_EQ(accuracy.own_task, 1);
  EXPECT_EQ(accuracy.all_classes, 0);
}

/// 1301 random rows: three batches, the last a short one.
Scores many_scores() {
  Rng rng(8);
  Scores scores{{}, {}, 10};
  for (int i = 0; i < 1301; ++i) {
    scores.labels.push_back(static_cast<std::uint16_t>(rng.below(10)));
    for (int c = 0; c < 10; ++c)
      scores.values.push_back(static_cast<float>(rng.uniform() + (c == scores.labels.back() ? 0.4 : 0.0)));
  }
  return scores;
}

TEST(Evaluation, AgreesWithCountingOverSeveralBatchesAndTheSameForOneToFourThreads) {
  const Scores scores = many_scores();
  int right = 0, right_in_task = 0;
  for (std::size_t i = 0; i < scores.labels.size(); ++i) {
    const float* row = scores.values.data() + i * 10;
    const int label = scores.labels[i], task = label / 5 * 5;
    right += std::max_element(row, row + 10) == row + label;
    right_in_task += std::max_element(row + task, row + task + 5) == row + label;
  }
  const Accuracy one = score(scores, 5);
  EXPECT_DOUBLE_EQ(one.all_classes, right / 1301.0);
  EXPECT_DOUBLE_EQ(one.own_task, right_in_task / 1301.0);
  EXPECT_GT(one.own_task, one.all_classes);
  for (int threads = 2; threads <= 4; ++threads) {
    const Accuracy other = score(scores, 5, threads);
    EXPECT_EQ(other.all_classes, one.all_classes) << threads << " threads";
    EXPECT_EQ(other.own_task, one.own_task) << threads << " threads";
    EXPECT_EQ(other.of_task, one.of_task) << threads << " threads";
  }
}

TEST(Predictions, AreTheFirstOfTheHighestLogitsForAnyNumberOfThreads) {
  std::vector<float> values;
  std::vector<std::uint16_t> expected;
  Rng rng(2);
  for (int row = 0; row < 1203; ++row) {  // three batches
    const std::uint64_t best = rng.below(4), equal = rng.below(4);
    for (std::uint64_t c = 0; c < 4; ++c)
      values.push_back(c == best || c == equal ? 5.0F : static_cast<float>(rng.uniform()));
    expected.push_back(static_cast<std::uint16_t>(std::min(best, equal)));
  }
  Head head = identity_head(4);
  for (const int threads : {1, 3})
    EXPECT_EQ(predictions(head, {values.data(), 1203, 4}, {1, threads, "cpu"}), expected);
}

TEST(Evaluation, UsesRunningStatisticsAndLeavesTheHeadSo) {
  Head head = identity_head(3);
  const Scores scores{{5, 1, 1, 6, 1, 1}, {0, 0}, 3};
  const StateDict before = head_state(head);
  // With batch statistics, the smaller of two scores would become negative and lose.
  EXPECT_EQ(evaluate(head, scores.set(), {}).all_classes, 1);
  EXPECT_NEAR(head.forward(at::tensor({5.0f, 1.0f, 1.0f}).view({1, 3, 1, 1}))[0][0].item<float>(), 5, 1e-4)
      << "a batch of one in evaluation mode";
  for (const auto& [name, tensor] : head_state(head))
    EXPECT_TRUE(at::equal(tensor, *find_tensor(before, name))) << name << " was changed";
}

}  // namespace
}  // namespace packrat
