// The samplers that keep counters, notes or means of their own.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "engine/buffer/replay_buffer.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {
namespace {

/// Those of `packrat run --sampler`.
std::vector<std::string> run_samplers() {
  std::vector<std::string> names;
  for (const SamplerInfo& row : sampler_table())
    if (row.for_runs) names.push_back(row.name);
  return names;
}

/// Rows of one value, the place in the stream, so that what is held can be told.
Domain numbered_domain() {
  Domain domain;
  domain.shape = {1, 1, 1};
  return domain;
}

ReplayBuffer numbered_buffer(const char* sampler, int classes, std::int64_t slots) {
  return ReplayBuffer(test_codec("none", numbered_domain()), classes, Budget::slots(slots),
                      make_sampler(sampler));
}

void offer_numbers(ReplayBuffer& buffer, const std::vector<int>& labels, std::uint64_t seed = 1) {
  std::vector<float> numbers(labels.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  buffer.ingest({numbers.data(), static_cast<std::int64_t>(numbers.size()), 1}, labels, 0, Rng(seed));
}

std::vector<std::int64_t> held_numbers(const ReplayBuffer& buffer) {
  std::vector<std::int64_t> slots, held;
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot) slots.push_back(slot);
  std::vector<float> rows(slots.size());
  buffer.decode(slots, {rows.data(), buffer.size(), 1});
  for (const float row : rows) held.push_back(static_cast<std::int64_t>(row));
  return held;
}

constexpr std::size_t kStream = 40;
constexpr int kRuns = 4000, kHeld = 10;

/// How often each row of a stream of one class is held at its end, of kRuns buffers of kHeld slots.
std::vector<double> times_held(const char* sampler) {
  std::vector<double> times(kStream, 0);
  for (int run = 0; run < kRuns; ++run) {
    ReplayBuffer buffer = numbered_buffer(sampler, 1, kHeld);
    offer_numbers(buffer, std::vector<int>(kStream, 0), static_cast<std::uint64_t>(run));
    EXPECT_EQ(buffer.size(), kHeld);
    for (const std::int64_t number : held_numbers(buffer)) ++times[static_cast<std::size_t>(number)];
  }
  return times;
}

TEST(ReservoirSamplerTest, EveryRowOfTheStreamIsHeldEquallyOften) {
  const std::vector<double> times = times_held("reservoir");
  const double expected = kRuns * kHeld / static_cast<double>(kStream);
  for (std::size_t i = 0; i < kStream; ++i)
    EXPECT_NEAR(times[i], expected, 5 * std::sqrt(expected * (1 - kHeld / static_cast<double>(kStream))))
        << i;
}

TEST(BiasedReservoirSamplerTest, ARowIsHeldLessOftenTheMoreRowsCameAfterIt) {
  const std::vector<double> times = times_held("biased_reservoir");
  for (std::size_t i = 0; i < kStream; ++i) {
    const auto later = static_cast<double>(kStream - 1 - std::max<std::size_t>(i, kHeld - 1));
    const double share = std::pow(1 - 1.0 / kHeld, later);
    EXPECT_NEAR(times[i], kRuns * share, 1 + 5 * std::sqrt(kRuns * share * (1 - share))) << i;
  }
}

TEST(ClassBalancedReservoirSamplerTest, BalancesASkewedStreamAndKeepsUniformSamplesOfFullClasses) {
  // 300 of class 0, then 20 of class 1, then 300 of class 0 again.
  std::vector<int> labels(300, 0);
  labels.insert(labels.end(), 20, 1);
  labels.insert(labels.end(), 300, 0);
  double early = 0, late = 0;
  for (std::uint64_t run = 0; run < 300; ++run) {
    ReplayBuffer buffer = numbered_buffer("class_balanced_reservoir", 2, 30);
    offer_numbers(buffer, labels, run);
    EXPECT_NEAR(static_cast<double>(buffer.counts().held(1)), 15, 1)
        << "balanced, though one of 31 rows is of class 1";
    EXPECT_EQ(buffer.size(), 30);
    for (const std::int64_t number : held_numbers(buffer)) {
      early += number < 300 ? 1 : 0;
      late += number >= 320 ? 1 : 0;
    }
  }
  EXPECT_NEAR(early / (early + late), 0.5, 0.04) << "class 0 is a uniform sample of its 600 rows";
}

TEST(RingSamplerTest, HoldsTheLatestRowsOfEveryClass) {
  for (const int classes : {1, 3, 7})
    for (const std::int64_t slots : {7, 20, 50}) {
      ReplayBuffer buffer = numbered_buffer("ring", classes, slots);
      const std::vector<int> labels = random_labels(classes, 400, Rng(static_cast<std::uint64_t>(classes)));
      offer_numbers(buffer, labels);
      std::map<int, std::deque<std::int64_t>> by_class;
      for (std::size_t i = 0; i < labels.size(); ++i)
        by_class[labels[i]].push_back(static_cast<std::int64_t>(i));
      std::vector<std::int64_t> expected;
      for (auto& [label, numbers] : by_class) {
        const auto held = static_cast<std::size_t>(buffer.counts().held(label));
        EXPECT_NEAR(static_cast<double>(held), static_cast<double>(slots) / classes, 1) << label;
        expected.insert(expected.end(), numbers.end() - static_cast<std::ptrdiff_t>(held), numbers.end());
      }
      EXPECT_THAT(held_numbers(buffer), ::testing::UnorderedElementsAreArray(expected))
          << classes << ", " << slots;
    }
}

TEST(HerdingSamplerTest, TheMeanOfWhatItHoldsIsNearerToTheClassThanThatOfARandomSample) {
  const Domain domain = feature_domain();
  const auto rows = random_rows(domain, 600, Rng(1));
  const std::vector<int> labels = random_labels(3, 600, Rng(2));
  const auto distance = [&](const char* sampler) {
    ReplayBuffer buffer(test_codec("none", domain), 3, Budget::slots(30), make_sampler(sampler));
    buffer.ingest({rows.data(), 600, 16}, labels, 0, Rng(3));
    EXPECT_EQ(buffer.size(), 30);
    double sum = 0;
    for (int c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 16; ++v) {
        double of_class = 0, count = 0, held = 0, held_count = 0;
        for (std::size_t i = 0; i < 600; ++i)
          if (labels[i] == c) {
            of_class += static_cast<double>(rows[i * 16 + v]);
            ++count;
          }
        std::vector<float> row(16);
        for (std::int64_t slot = 0; slot < buffer.size(); ++slot)
          if (buffer.label(slot) == c) {
            buffer.decode({slot}, {row.data(), 1, 16});
            held += static_cast<double>(row[v]);
            ++held_count;
          }
        sum += std::pow(of_class / count - held / held_count, 2);
      }
    return std::sqrt(sum);
  };
  EXPECT_LT(distance("herding"), 0.3 * distance("reservoir"));
}

TEST(StreamSamplersTest, EveryByteOfTheirStateIsChargedAndTheBudgetHolds) {
  for (const std::string& sampler : run_samplers())
    for (const char* spec : {"quantize:states=4,range=local", "nonzero"})
      for (const std::int64_t bytes : {1200, 5000}) {
        ReplayBuffer buffer(test_codec(spec, feature_domain()), 4, Budget::bytes(bytes),
                            make_sampler(sampler));
        const auto rows = random_rows(feature_domain(), 500, Rng(1));
        buffer.ingest({rows.data(), 500, 16}, random_labels(4, 500, Rng(2)), 0, Rng(3));
        std::int64_t memory = 0;
        buffer.visit_memory([&](ByteView piece) { memory += static_cast<std::int64_t>(piece.size); });
        EXPECT_EQ(buffer.ledger().buffer_total(), memory) << sampler << ", " << spec;
        EXPECT_LE(memory, bytes) << sampler << ", " << spec;
        EXPECT_GT(buffer.size(), bytes / 80) << sampler << ", " << spec << ": it is full";
      }
}

TEST(StreamSamplersTest, ChunksGiveTheBytesOfOneRowAtATime) {
  const auto rows = random_rows(feature_domain(), 300, Rng(1));
  const std::vector<int> labels = random_labels(4, 300, Rng(2));
  for (const std::string& sampler : run_samplers())
    for (const char* spec : {"none", "nonzero"}) {
      std::vector<std::vector<std::uint8_t>> memories;
      for (const std::int64_t chunk : {1, 37, 300}) {
        ReplayBuffer buffer(test_codec(spec, feature_domain()), 4, Budget::bytes(3000),
                            make_sampler(sampler));
        for (std::int64_t at = 0; at < 300; at += chunk) {
          const std::int64_t count = std::min<std::int64_t>(chunk, 300 - at);
          buffer.ingest({rows.data() + at * 16, count, 16},
                        {labels.begin() + at, labels.begin() + at + count}, at, Rng(3));
        }
        std::vector<std::uint8_t>& all = memories.emplace_back();
        buffer.visit_memory([&](ByteView v) { all.insert(all.end(), v.data, v.data + v.size); });
      }
      EXPECT_EQ(memories[0], memories[1]) << sampler << ", " << spec;
      EXPECT_EQ(memories[0], memories[2]) << sampler << ", " << spec;
    }
}

TEST(StreamSamplersTest, GreedyIsAShortNameAndTheOthersAreTheirOwn) {
  EXPECT_EQ(make_sampler("greedy")->name(), "greedy_sampler");
  for (const std::string& name : run_samplers()) EXPECT_EQ(make_sampler(name)->name(), name);
}

}  // namespace
}  // namespace packrat
