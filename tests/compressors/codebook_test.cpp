// Levels and centroids that are learned: codebook and pq.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "compressors/distortion.h"
#include "compressors/kmeans.h"
#include "compressors/least_error_levels.h"
#include "engine/core/interrupt.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

double squared_error(const std::vector<float>& values, const std::vector<float>& levels) {
  double sum = 0;
  for (const float value : values) {
    double least = std::numeric_limits<double>::infinity();
    for (const float level : levels) least = std::min(least, std::pow(double{value} - level, 2));
    sum += least;
  }
  return sum;
}

// All ways to cut sorted values into `states` runs.
double least_possible_error(const std::vector<float>& sorted, std::size_t begin, int states) {
  if (begin == sorted.size()) return 0;
  if (states == 0) return std::numeric_limits<double>::infinity();
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t end = begin + 1; end <= sorted.size(); ++end) {
    double mean = 0, error = 0;
    for (std::size_t i = begin; i < end; ++i) mean += sorted[i] / static_cast<double>(end - begin);
    for (std::size_t i = begin; i < end; ++i) error += std::pow(sorted[i] - mean, 2);
    best = std::min(best, error + least_possible_error(sorted, end, states - 1));
  }
  return best;
}

TEST(LeastErrorLevels, AreTheBestOfAllOnSmallSamples) {
  Rng rng(1);
  for (int trial = 0; trial < 30; ++trial) {
    std::vector<float> values = relu_like(10, rng);
    for (int states = 1; states <= 4; ++states) {
      std::vector<float> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      const double least = least_possible_error(sorted, 0, states);
      EXPECT_NEAR(squared_error(values, least_error_levels(values, states)), least, 1e-5 + 1e-5 * least)
          << states << " states, trial " << trial;
    }
  }
}

TEST(LeastErrorLevels, AreFewerWhenThereAreFewerValuesAndExactWhenAsMany) {
  EXPECT_EQ(least_error_levels({3, 1, 3, 1, 1}, 4), (std::vector<float>{1, 3}));
  EXPECT_EQ(least_error_levels({3, 1, 2, 1, 1}, 3), (std::vector<float>{1, 2, 3}));
}

TEST(LeastErrorLevels, OfANormalSampleAreThoseOfMaxesTable) {
  // Max (1960), table I: four levels of a standard normal, +-0.4528 and +-1.510, error 0.1175.
  Rng rng(2);
  const std::vector<float> values = normal_values(200000, rng);
  const std::vector<float> levels = least_error_levels(values, 4);
  const float expected[] = {-1.510f, -0.4528f, 0.4528f, 1.510f};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(levels[i], expected[i], 0.02) << i;
  EXPECT_NEAR(squared_error(values, levels) / 200000, 0.1175, 0.002);
}

TEST(Codebook, HasAtMostTheErrorOfEqualBinsAtEqualStates) {
  Rng rng(3);
  const Domain domain = features(256, 2, 2);
  const std::vector<float> rows = rows_for(domain, 100, rng);
  const ConstRows view(rows.data(), 100, domain.values());
  for (const int k : {2, 4, 5, 16, 64, 256}) {
    const std::string states = "states=" + std::to_string(k);
    const double learned = measure_distortion(codec_for("codebook:" + states, domain), view).mse;
    for (const char* range : {",range=local", ",range=fit", ",range=fit,zero=exact"})
      EXPECT_LE(learned,
                1.001 * measure_distortion(codec_for("quantize:" + states + range, domain), view).mse)
          << k << " states" << range;
  }
}

TEST(Codebook, TakesTheNearestLevelAndTheUpperOfTwo) {
  const float levels[] = {0, 1, 3, 4};
  const Codec codec = make_codec("codebook:states=4", features(1, 1, 8),
                                 {reinterpret_cast<const std::uint8_t*>(levels), sizeof levels});
  EXPECT_EQ(decode(codec, views(encode(codec, {-9, 0.4f, 0.5f, 2, 1.9f, 3.4f, 3.5f, 99}))),
            (std::vector<float>{0, 0, 1, 3, 1, 3, 4, 4}));
}

TEST(Codebook, RefusesTooFewValuesAndLevelsThatDoNotAscend) {
  const Domain domain = features(1, 1, 4);
  const std::vector<float> rows{0, 1, 0, 1, 1, 1, 0, 0};
  const ConstRows view(rows.data(), 2, 4);
  EXPECT_NE(message_of<UserError>([&] {
              fit_codec("codebook:states=3", domain, {view, view}, {});
            }).find("found 2 different values in 2 rows"),
            std::string::npos);
  for (const auto& [a, b] : std::vector<std::pair<float, float>>{{1, 0}, {1, 1}, {0, NAN}, {-INFINITY, 0}}) {
    const float levels[2] = {a, b};
    EXPECT_THROW(make_codec("codebook:states=2", domain, {reinterpret_cast<const std::uint8_t*>(levels), 8}),
                 CorruptEntry);
  }
}

TEST(KMeans, FindsClustersThatLieApart) {
  Rng rng(4);
  std::vector<float> vectors;
  for (int i = 0; i < 500; ++i)
    for (int j = 0; j < 2; ++j)
      vectors.push_back(static_cast<float>(10 * (i % 5 >> j & 1) + 20 * (i % 5 >> 2) + 0.1 * rng.normal()));
  const std::vector<float> centroids = kmeans(vectors, 2, 5, 50, Rng(1));
  std::set<std::pair<long, long>> found;
  for (std::size_t k = 0; k < 5; ++k)
    found.insert({std::lround(centroids[2 * k] / 10), std::lround(centroids[2 * k + 1] / 10)});
  EXPECT_EQ(found, (std::set<std::pair<long, long>>{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 2}}));
}

TEST(KMeans, CopesWithFewerDifferentVectorsThanClusters) {
  const std::vector<float> centroids = kmeans({1, 1, 1, 2, 2}, 1, 4, 10, Rng(1));
  for (const float value : centroids) EXPECT_TRUE(value == 1 || value == 2) << value;
  EXPECT_EQ(std::set<float>(centroids.begin(), centroids.end()).size(), 2u);
}

TEST(KMeans, StopsWhenAskedTo) {
  stop_requested() = true;
  EXPECT_THROW(kmeans({1, 2, 3}, 1, 2, 10, Rng(1)), Interrupted);
  stop_requested() = false;
}

TEST(ProductQuantization, LearnsTheSameForEverySeedOnAnyNumberOfThreads) {
  Rng rng(5);
  const Domain domain = features(12, 2, 2);
  const std::vector<float> rows = rows_for(domain, 300, rng);
  const ConstRows view(rows.data(), 300, domain.values());
  const auto learn = [&](std::uint64_t seed, int threads) {
    FittingOptions options;
    options.seed = seed;
    options.threads = threads;
    return fit_codec("pq:subspaces=5,bits=4", domain, {view, view}, options).shared();
  };
  EXPECT_EQ(learn(1, 1), learn(1, 3));
  EXPECT_NE(learn(1, 1), learn(2, 1));
}

// Every part of every vector reads back as its nearest centroid, so a codec with as many centroids as
// different vectors loses nothing.
TEST(ProductQuantization, WithACentroidForEveryVectorLosesNothing) {
  const Domain domain = features(4, 1, 2);
  std::vector<float> rows;
  for (int i = 0; i < 8; ++i)  // 16 vectors, element c of vector v is 100 v + c
    for (int c = 0; c < 4; ++c)
      for (int p = 0; p < 2; ++p) rows.push_back(static_cast<float>(100 * (2 * i + p) + c));
  const ConstRows view(rows.data(), 8, 8);
  const Codec codec = fit_codec("pq:subspaces=2,bits=4", domain, {view, view}, {});
  EXPECT_EQ(codec.entry_bytes(), 2) << "2 positions, 2 subspaces, 4 bits";
  EXPECT_EQ(codec.shared().size(), 4u * 16 * 4);
  EXPECT_TRUE(same_bits(decode(codec, views(encode(codec, rows))), rows));
}

TEST(ProductQuantization, HasASmallerErrorWithMoreSubspacesOrBits) {
  Rng rng(6);
  const Domain domain = features(64, 2, 2);
  const std::vector<float> rows = rows_for(domain, 200, rng);
  const ConstRows view(rows.data(), 200, domain.values());
  double before = std::numeric_limits<double>::infinity();
  for (const char* spec : {"pq:subspaces=4,bits=4", "pq:subspaces=8,bits=4", "pq:subspaces=8,bits=6",
                           "pq:subspaces=32,bits=6"}) {
    const double mse = measure_distortion(codec_for(spec, domain), view).mse;
    EXPECT_LT(mse, before) << spec;
    before = mse;
  }
}

TEST(ProductQuantization, RefusesTooFewVectorsAndCentroidsThatAreNotFinite) {
  Rng rng(7);
  const Domain domain = features(2, 1, 1);
  const std::vector<float> rows = rows_for(domain, 15, rng);
  const ConstRows view(rows.data(), 15, 2);
  EXPECT_NE(message_of<UserError>([&] {
              fit_codec("pq:subspaces=1,bits=4", domain, {view, view}, {});
            }).find("15 vectors in 15 rows, too few for 16 centroids"),
            std::string::npos);
  std::vector<float> centroids(32, 1.0f);
  centroids[31] = NAN;
  EXPECT_THROW(make_codec("pq:subspaces=1,bits=4", domain,
                          {reinterpret_cast<const std::uint8_t*>(centroids.data()), 128}),
               CorruptEntry);
}

}  // namespace
}  // namespace packrat
