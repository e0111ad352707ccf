#include "engine/plan/halving.h"

#include <gtest/gtest.h>

#include <map>

namespace packrat {
namespace {

using Tried = std::vector<std::pair<std::size_t, std::size_t>>;

Tried tried(const std::vector<Trial>& trials) {
  Tried list;
  for (const Trial& trial : trials) list.emplace_back(trial.candidate, trial.level);
  return list;
}

bool always() {
  return true;
}

TEST(Halving, TriesThoseOfOneLevelFirstAndTheBetterThirdOfTheOthersAgain) {
  const std::vector<std::size_t> levels{3, 1, 3, 3, 3, 1, 3, 3, 3};
  const auto accuracy = [](std::size_t candidate, std::size_t level) {
    return TrialResult{0.1 * static_cast<double>(candidate) + 0.01 * static_cast<double>(level), 1, 1};
  };
  // Seven of three levels: three continue, and of these one.
  EXPECT_EQ(tried(successive_halving(levels, 1, accuracy, always)), (Tried{{1, 0},
                                                                           {5, 0},
                                                                           {0, 0},
                                                                           {2, 0},
                                                                           {3, 0},
                                                                           {4, 0},
                                                                           {6, 0},
                                                                           {7, 0},
                                                                           {8, 0},
                                                                           {8, 1},
                                                                           {7, 1},
                                                                           {6, 1},
                                                                           {8, 2}}));
}

TEST(Halving, KeepsTheEarlierOfEqualOnesAndIsTheSameEachTime) {
  const auto equal = [](std::size_t, std::size_t) { return TrialResult{0.5, 1, 1}; };
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(tried(successive_halving({2, 2, 2}, 1, equal, always)),
              (Tried{{0, 0}, {1, 0}, {2, 0}, {0, 1}}));
}

TEST(Halving, GivesUpWhatIsOutOfReachOfTheBestWholeTraining) {
  const double whole = 0.7, out_of_reach = 0.1;
  for (const double part : {whole - out_of_reach - 0.01, whole - out_of_reach + 0.01}) {
    const auto accuracy = [&](std::size_t candidate, std::size_t) {
      return TrialResult{candidate == 1 ? whole : part, 1, 1};
    };
    Tried expected{{1, 0}, {0, 0}};
    if (part > whole - out_of_reach) expected.emplace_back(0, 1);
    EXPECT_EQ(tried(successive_halving({2, 1}, out_of_reach, accuracy, always)), expected);
  }
}

TEST(Halving, ComparesCandidatesOfOneLevelWithAnother) {
  // A better first trial of a candidate that is then done takes nobody's place.
  const auto accuracy = [](std::size_t candidate, std::size_t) {
    return TrialResult{candidate == 0 ? 0.9 : 0.1, 1, 1};
  };
  EXPECT_EQ(tried(successive_halving({1, 2}, 1, accuracy, always)), (Tried{{0, 0}, {1, 0}, {1, 1}}));
}

TEST(Halving, BeginsNoTrialOnceTheTimeIsUp) {
  int left = 2;
  const auto equal = [](std::size_t, std::size_t) { return TrialResult{0.5, 1, 1}; };
  EXPECT_EQ(tried(successive_halving({2, 2, 2}, 1, equal, [&] { return left-- > 0; })),
            (Tried{{0, 0}, {1, 0}}));
}

TEST(Halving, OfNothingIsNothing) {
  EXPECT_TRUE(successive_halving({}, 1, {}, always).empty());
}

}  // namespace
}  // namespace packrat
