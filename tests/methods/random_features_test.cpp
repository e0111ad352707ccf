#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/core/rng.h"
#include "tests/methods/method_rows.h"

namespace packrat {
namespace {

constexpr std::int64_t kRandom = 48, kValues = 12;

/// The features of a row of two blocks, 2x2x2 and 4x1x1, written out plainly.
std::vector<double> features_of(const float* x, std::uint64_t seed) {
  std::vector<double> z, features(x, x + kValues);
  for (const auto& [begin, end] : {std::pair(0, 8), std::pair(8, 12)}) {
    const double n = end - begin;
    double mean = 0, square = 0;
    for (int i = begin; i < end; ++i) mean += x[i] / n;
    for (int i = begin; i < end; ++i) square += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = begin; i < end; ++i) z.push_back((x[i] - mean) / std::sqrt(square));
  }
  Rng rng = Rng(seed).fork("random features beside a row");
  for (std::int64_t m = 0; m < kRandom; ++m) {
    double sum = 0;
    for (std::int64_t i = 0; i < kValues; ++i)
      sum += rng.normal() / std::sqrt(double{kValues}) * z[static_cast<std::size_t>(i)];
    features.push_back(std::max(0.0, sum));
  }
  return features;
}

MethodSetting two_blocks(std::uint64_t seed) {
  MethodSetting setting{{kValues, 1, 1}, 2};
  setting.parts = {{"1", {2, 2, 2}}, {"2", {4, 1, 1}}};
  setting.seed = seed;
  return setting;
}

TEST(RandomFeatures, OfEachRowsStandardisedBlocksStandBesideItsValues) {
  const MethodRows data = method_rows({kValues, 1, 1}, 2, 60);
  for (const std::uint64_t seed : {0U, 7U}) {
    const auto method = make_method("ncm:random=48", two_blocks(seed));
    method->observe(data.rows(), data.labels);
    method->fit(0, {});
    std::vector<float> scores(60 * 2);
    method->scores(data.rows(), scores.data());
    std::vector<std::vector<double>> means(2, std::vector<double>(kValues + kRandom));
    for (int c = 0; c < 2; ++c) {
      const auto count = static_cast<double>(std::count(data.labels.begin(), data.labels.end(), c));
      for (std::int64_t i = 0; i < 60; ++i) {
        if (data.labels[static_cast<std::size_t>(i)] != c) continue;
        const std::vector<double> features = features_of(data.rows().row(i), seed);
        for (std::size_t v = 0; v < features.size(); ++v)
          means[static_cast<std::size_t>(c)][v] += features[v] / count;
      }
    }
    for (std::int64_t i = 0; i < 60; ++i)
      for (std::size_t c = 0; c < 2; ++c) {
        const std::vector<double> features = features_of(data.rows().row(i), seed);
        double score = 0;
        for (std::size_t v = 0; v < features.size(); ++v)
          score += (features[v] - means[c][v] / 2) * means[c][v];
        EXPECT_NEAR(scores[static_cast<std::size_t>(i) * 2 + c], score,
                    1e-3 * std::max(1.0, std::fabs(score)));
      }
  }
}

/// Fraction right of rows whose class is the sign of a product of two values.
double accuracy_on_products(const char* spec) {
  constexpr std::int64_t kRows = 2000;
  Rng rng(5);
  std::vector<float> rows(kRows * kValues);
  std::vector<int> labels;
  for (float& v : rows) v = static_cast<float>(rng.normal());
  for (std::int64_t i = 0; i < kRows; ++i)
    labels.push_back(
        rows[static_cast<std::size_t>(i * kValues)] * rows[static_cast<std::size_t>(i * kValues + 1)] > 0
            ? 1
            : 0);
  const auto method = make_method(spec, {{kValues, 1, 1}, 2});
  constexpr std::int64_t kLearned = kRows / 2;
  method->observe({rows.data(), kLearned, kValues}, {labels.begin(), labels.begin() + kLearned});
  method->fit(0, {});
  std::vector<float> scores(kLearned * 2);
  method->scores({rows.data() + kLearned * kValues, kLearned, kValues}, scores.data());
  int right = 0;
  for (std::size_t i = 0; i < kLearned; ++i)
    right += (scores[2 * i + 1] > scores[2 * i]) == (labels[kLearned + i] == 1);
  return right / static_cast<double>(kLearned);
}

TEST(RandomFeatures, TellApartWhatNoLinearRuleCan) {
  EXPECT_LT(accuracy_on_products("slda"), 0.6);
  EXPECT_GT(accuracy_on_products("slda:random=200"), 0.68);
}

TEST(RandomFeatures, OfARowThatDoesNotVaryAreZeros) {
  const auto method = make_method("ncm:random=8", {{4, 1, 1}, 2});
  const std::vector<float> rows{2, 2, 2, 2, 3, 3, 3, 3};
  method->observe({rows.data(), 2, 4}, {0, 1});
  method->fit(0, {});
  std::vector<float> scores(4);
  method->scores({rows.data(), 2, 4}, scores.data());
  EXPECT_FLOAT_EQ(scores[0], 8);  // x mu - |mu|^2 / 2 of the values alone
  EXPECT_FLOAT_EQ(scores[3], 18);
}

}  // namespace
}  // namespace packrat
