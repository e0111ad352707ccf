#include "engine/studies/sparsify/early_stopper.h"

#include <gtest/gtest.h>

#include <cmath>

namespace packrat {
namespace {

constexpr std::int64_t kEpochs = 50;

/// The scores that a training of at most 50 epochs collects when `score(epoch)` is what it reaches.
std::vector<double> history_of(EarlyStopOptions options, const std::function<double(std::int64_t)>& score) {
  EarlyStopper stopper(options);
  for (std::int64_t epoch = 0; epoch < kEpochs; ++epoch)
    if (!stopper.may_train(epoch, [&] { return score(epoch); })) break;
  return stopper.state().history;
}

TEST(EarlyStopper, EndsAfterTwoScoresWhenTheSecondIsClearlyLower) {
  EXPECT_EQ(history_of({}, [](std::int64_t epoch) { return epoch == 0 ? 0.7 : 0.67; }),
            (std::vector<double>{0.7, 0.67}));
}

TEST(EarlyStopper, EndsAfterTwentyOneScoresWhenTheFirstIsTheBest) {
  EXPECT_EQ(history_of({}, [](std::int64_t epoch) { return epoch == 0 ? 0.7 : 0.69; }).size(), 21U);
}

TEST(EarlyStopper, NeverEndsWhileTheScoreRisesOrRepeatsTheBest) {
  EXPECT_EQ(history_of({}, [](std::int64_t epoch) { return 0.01 * static_cast<double>(epoch); }).size(), 50U);
  EXPECT_EQ(history_of({}, [](std::int64_t) { return 0.5; }).size(), 50U);
}

TEST(EarlyStopper, ForgetsWaitingAtANewBest) {
  // a new best at epoch 15, then 20 waits
  EXPECT_EQ(
      history_of({}, [](std::int64_t epoch) { return epoch == 15  ? 0.71
                                                     : epoch == 0 ? 0.7
                                                                  : 0.695; }).size(),
      36U);
}

TEST(EarlyStopper, ToleratesTheLargerOfTheTwoTolerances) {
  const auto falls = [](std::int64_t epoch) { return epoch == 0 ? 1.0 : 0.95; };
  EXPECT_EQ(history_of({20, 0, 0.0, 0.02}, falls).size(), 2U);
  EXPECT_EQ(history_of({20, 0, 0.1, 0.02}, falls).size(), 21U);
  EXPECT_EQ(history_of({20, 0, 0.0, 0.06}, falls).size(), 21U);
}

TEST(EarlyStopper, ScoresEveryThirdEpochWithACooldownOfTwo) {
  std::vector<std::int64_t> scored;
  history_of({20, 2, 0, 0.02}, [&](std::int64_t epoch) {
    scored.push_back(epoch);
    return static_cast<double>(epoch);
  });
  ASSERT_EQ(scored.size(), 17U);
  for (std::size_t i = 0; i < scored.size(); ++i) EXPECT_EQ(scored[i], static_cast<std::int64_t>(3 * i));
}

TEST(EarlyStopper, EndsAtAScoreThatIsNoNumber) {
  EXPECT_EQ(history_of({}, [](std::int64_t epoch) { return epoch < 3 ? 0.5 : std::nan(""); }).size(), 4U);
}

TEST(EarlyStopper, GoesOnFromItsSavedState) {
  const auto score = [](std::int64_t epoch) { return epoch == 0 ? 0.7 : 0.69; };
  EarlyStopper first({}), second({});
  std::int64_t epoch = 0;
  for (; epoch < 9; ++epoch) first.may_train(epoch, [&] { return score(epoch); });
  second.restore(first.state());
  while (second.may_train(epoch, [&] { return score(epoch); })) ++epoch;
  EXPECT_EQ(second.state().history.size(), 21U);
}

}  // namespace
}  // namespace packrat
