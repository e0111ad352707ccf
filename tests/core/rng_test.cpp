#include "engine/core/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

namespace packrat {
namespace {

/// xoshiro256++ written down again from Blackman and Vigna's description, with a state that can be set.
struct Xoshiro {
  std::array<std::uint64_t, 4> s;

  static std::uint64_t rotated(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::uint64_t next() {
    const std::uint64_t result = rotated(s[0] + s[3], 23) + s[0];
    const std::uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotated(s[3], 45);
    return result;
  }
};

/// One step of splitmix64 (Steele, Lea and Flood 2014): what turns a seed into a state.
std::uint64_t split_mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

TEST(Rng, TheReferenceInThisFileGivesThePublishedVector) {
  Xoshiro reference{{1, 2, 3, 4}};
  for (const std::uint64_t expected :
       {41943041ULL, 58720359ULL, 3588806011781223ULL, 3591011842654386ULL, 9228616714210784205ULL,
        9973669472204895162ULL, 14011001112246962877ULL, 12406186145184390807ULL, 15849039046786891736ULL,
        10450023813501588000ULL})
    EXPECT_EQ(reference.next(), expected);
}

TEST(Rng, FollowsTheReferenceForManySeeds) {
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 2023ULL, 0xffffffffffffffffULL}) {
    Xoshiro reference{};
    std::uint64_t word = split_mix(seed);
    for (std::uint64_t& s : reference.s) s = word = split_mix(word);
    Rng rng(seed);
    for (int i = 0; i < 1000; ++i)
      ASSERT_EQ(rng.next(), reference.next()) << "seed " << seed << ", number " << i;
  }
}

TEST(Rng, FirstNumbersNeverChange) {  // files written with one version must mean the same in the next
  EXPECT_EQ(Rng(0).next(), 0x8be319d8b3a9590aULL);
  EXPECT_EQ(Rng(1).next(), 0x6ff8271d7602c812ULL);
  EXPECT_EQ(Rng(2023).next(), 0x8604f84ddd0974e0ULL);
  EXPECT_EQ(Rng(0).fork("pass").next(), 0xa6e199bf756abed6ULL);
  EXPECT_EQ(Rng(0).fork("pass", 3).next(), 0x095dc98e7a9fd449ULL);
  EXPECT_EQ(Rng(0).fork("").next(), 0xd08d21e29c1ce9dbULL);
}

TEST(Rng, ForkingNeitherAdvancesTheParentNorDependsOnWhatItDrew) {
  Rng parent(7), untouched(7);
  const std::uint64_t before = parent.fork("pass", 3).next();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(parent.next(), untouched.next());
  EXPECT_EQ(parent.fork("pass", 3).next(), before);
}

TEST(Rng, ForksOfDifferentPurposesIndicesParentsAndDepthsDiffer) {
  std::map<std::uint64_t, std::string> seen;
  const auto check = [&](Rng rng, const std::string& name) {
    const auto [at, fresh] = seen.emplace(rng.next(), name);
    EXPECT_TRUE(fresh) << name << " starts like " << at->second;
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::string name = std::to_string(seed);
    check(Rng(seed), name);
    for (const char* purpose : {"pass", "ssap", "cutmix", "step", ""}) {
      for (std::uint64_t index = 0; index < 100; ++index)
        check(Rng(seed).fork(purpose, index), name + "/" + purpose + "/" + std::to_string(index));
      check(Rng(seed).fork(purpose).fork(purpose), name + "/" + purpose + " twice");
    }
  }
}

TEST(Rng, ForksOfNeighbouringIndicesAreNotCorrelated) {
  const int draws = 20000;
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    sum += (Rng(1).fork("step", index).uniform() - 0.5) * (Rng(1).fork("step", index + 1).uniform() - 0.5);
  }
  // The product has mean 0 and standard deviation 1/12.
  EXPECT_LT(std::abs(sum / draws), 5.0 / 12.0 / std::sqrt(draws));
}

/// Pearson's statistic of `draws` numbers below `bound`, folded to `cells` equal cells by `cell`.
template <typename Cell>
double chi_square(std::uint64_t bound, int cells, int draws, Cell cell) {
  Rng rng(11);
  std::vector<int> count(static_cast<std::size_t>(cells));
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t value = rng.below(bound);
    EXPECT_LT(value, bound);
    ++count[static_cast<std::size_t>(cell(value))];
  }
  const double expected = static_cast<double>(draws) / cells;
  double sum = 0;
  for (const int c : count) sum += (c - expected) * (c - expected) / expected;
  return sum;
}

TEST(Rng, BelowIsUniform) {
  for (const int bound : {2, 3, 7, 10, 100}) {
    const double freedom = bound - 1;
    EXPECT_LT(chi_square(static_cast<std::uint64_t>(bound), bound, 200000, [](std::uint64_t v) { return v; }),
              freedom + 5 * std::sqrt(2 * freedom) + 5)
        << "bound " << bound;
  }
}

// Without rejection, bound = 3 * 2^62 would give every third value twice as often.
TEST(Rng, BelowHasNoBiasWhereTheBoundDoesNotDivideTheRange) {
  EXPECT_LT(chi_square(3ULL << 62, 3, 200000, [](std::uint64_t v) { return v % 3; }), 20);
}

TEST(Rng, BelowOneIsZero) {
  Rng rng(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.below(1), 0U);
}

/// Mean, variance and the share of values below some limits, of 200 000 draws.
struct Sample {
  template <typename Draw>
  explicit Sample(Draw draw) {
    Rng rng(5);
    for (int i = 0; i < kDraws; ++i) values.push_back(draw(rng));
    for (const double v : values) mean += v / kDraws;
    for (const double v : values) variance += (v - mean) * (v - mean) / kDraws;
  }
  double share_below(double limit) const {
    return static_cast<double>(
               std::count_if(values.begin(), values.end(), [&](double v) { return v < limit; })) /
           kDraws;
  }
  static constexpr int kDraws = 200000;
  std::vector<double> values;
  double mean = 0, variance = 0;
};

void expect_uniform(const Sample& sample) {
  for (const double v : sample.values) ASSERT_TRUE(v >= 0 && v < 1) << v;
  for (int tenth = 1; tenth < 10; ++tenth) EXPECT_NEAR(sample.share_below(tenth / 10.0), tenth / 10.0, 0.006);
  EXPECT_NEAR(sample.mean, 0.5, 0.004);
  EXPECT_NEAR(sample.variance, 1.0 / 12.0, 0.002);
}

TEST(Rng, UniformFillsZeroToOneEvenly) {
  expect_uniform(Sample([](Rng& rng) { return rng.uniform(); }));
}

TEST(Rng, BetaOfOneAndOneIsUniform) {
  expect_uniform(Sample([](Rng& rng) { return rng.beta(1, 1); }));
}

TEST(Rng, BetaHasItsMeanAndVariance) {
  for (const auto& [a, b] : {std::pair{1.0, 3.0}, {2.0, 2.0}, {0.2, 0.2}, {0.5, 4.0}, {30.0, 10.0}}) {
    SCOPED_TRACE(testing::Message() << "beta(" << a << ", " << b << ")");
    const Sample sample([a = a, b = b](Rng& rng) { return rng.beta(a, b); });
    const double variance = a * b / ((a + b) * (a + b) * (a + b + 1));
    EXPECT_NEAR(sample.mean, a / (a + b), 6 * std::sqrt(variance / Sample::kDraws));
    EXPECT_NEAR(sample.variance / variance, 1.0, 0.03);
    for (const double v : sample.values) ASSERT_TRUE(v >= 0 && v <= 1) << v;
  }
}

// Both gamma draws underflow to 0 in about a quarter of the cases; the result is then still 0 or 1.
TEST(Rng, BetaOfTinyParametersIsACoinFlip) {
  const Sample sample([](Rng& rng) { return rng.beta(1e-3, 1e-3); });
  EXPECT_NEAR(sample.share_below(0.01), 0.5, 0.01);
  EXPECT_NEAR(sample.share_below(0.99), 0.5, 0.01);
  EXPECT_NEAR(Sample([](Rng& rng) { return rng.beta(3e-3, 1e-3); }).mean, 0.75, 0.01);
}

TEST(Rng, NormalHasTheMomentsAndTailsOfTheBell) {
  const Sample sample([](Rng& rng) { return rng.normal(); });
  EXPECT_NEAR(sample.mean, 0, 0.012);
  EXPECT_NEAR(sample.variance, 1, 0.02);
  for (const auto& [limit, share] : {std::pair{-2.0, 0.02275}, {-1.0, 0.15866}, {0.0, 0.5}, {1.0, 0.84134}})
    EXPECT_NEAR(sample.share_below(limit), share, 0.006) << limit;
}

TEST(Rng, PermutationHoldsEveryIndexOnce) {
  for (const std::int64_t count : {0, 1, 2, 3, 17, 1000}) {
    std::vector<std::int64_t> order = Rng(4).permutation(count), sorted(static_cast<std::size_t>(count));
    std::iota(sorted.begin(), sorted.end(), std::int64_t{0});
    EXPECT_EQ(order.size(), sorted.size());
    if (count > 10) {
      EXPECT_NE(order, sorted);
    }
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, sorted) << "count " << count;
  }
}

TEST(Rng, EveryOrderOfFourIsEquallyLikely) {
  std::map<std::vector<std::int64_t>, int> count;
  Rng rng(6);
  const int draws = 48000;
  for (int i = 0; i < draws; ++i) ++count[rng.permutation(4)];
  ASSERT_EQ(count.size(), 24U);
  double statistic = 0;
  for (const auto& [order, times] : count)
    statistic += (times - draws / 24) * (times - draws / 24) / (draws / 24.0);
  EXPECT_LT(statistic, 60);  // 23 degrees of freedom
}

}  // namespace
}  // namespace packrat
