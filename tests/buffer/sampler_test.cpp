#include "engine/buffer/sampler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace packrat {
namespace {

using Action = Decision::Action;

/// A buffer that holds labels only, one byte each, and does what the sampler says.
struct LabelsHeld {
  explicit LabelsHeld(int classes, std::int64_t capacity_slots) : counts(classes), capacity(capacity_slots) {}

  LabelView view() const { return {labels.data(), 1, 1, static_cast<std::int64_t>(labels.size())}; }

  Held held() const { return {capacity, counts, view()}; }

  Decision offer(const Sampler& sampler, int label, Rng& rng) {
    const Decision decision = sampler.offer(label, held(), rng);
    if (decision.action == Action::kSkip) return decision;
    if (decision.action == Action::kAppend) {
      labels.push_back(static_cast<std::uint8_t>(label));
    } else {
      auto& slot = labels.at(static_cast<std::size_t>(decision.slot));
      counts.remove(slot);
      slot = static_cast<std::uint8_t>(label);
    }
    counts.add(label);
    return decision;
  }

  ClassCounts counts;
  std::int64_t capacity;
  std::vector<std::uint8_t> labels;
};

/// The specification's text, word by word, on a plain list of (label, serial number).
class Model {
 public:
  explicit Model(std::int64_t capacity) : capacity_(capacity) {}

  struct Outcome {
    bool stored = false;
    std::set<int> candidates;  ///< serials, one of which is evicted
  };

  Outcome offer(int label, int serial) {
    Outcome outcome;
    const bool first = std::find(seen_.begin(), seen_.end(), label) == seen_.end();
    if (first) seen_.push_back(label);
    if (!first && held(label) >= capacity_ / static_cast<std::int64_t>(seen_.size())) return outcome;
    outcome.stored = true;
    entries_.push_back({label, serial});
    if (static_cast<std::int64_t>(entries_.size()) <= capacity_) return outcome;
    int largest = seen_.front();
    for (const int c : seen_)
      if (held(c) > held(largest)) largest = c;
    for (const auto& [l, s] : entries_)
      if (l == largest) outcome.candidates.insert(s);
    return outcome;
  }

  void evict(int serial) {
    entries_.erase(
        std::find_if(entries_.begin(), entries_.end(), [&](auto& e) { return e.second == serial; }));
  }
  std::int64_t held(int label) const {
    return std::count_if(entries_.begin(), entries_.end(), [&](auto& e) { return e.first == label; });
  }

 private:
  std::int64_t capacity_;
  std::vector<int> seen_;
  std::vector<std::pair<int, int>> entries_;
};

std::vector<int> stream(const std::string& kind, int classes, int each, Rng rng) {
  std::vector<int> labels;
  for (int c = 0; c < classes; ++c) labels.insert(labels.end(), static_cast<std::size_t>(each), c);
  if (kind == "iid") rng.shuffle(labels);
  if (kind == "descending") std::reverse(labels.begin(), labels.end());
  if (kind == "skewed")
    for (auto& label : labels)
      label = static_cast<int>(rng.below(1 + rng.below(static_cast<std::uint64_t>(classes))));
  return labels;
}

const char* const kStreams[] = {"class-incremental", "iid", "descending", "skewed"};

TEST(GreedySamplerTest, DecidesAsTheSpecificationsTextDoes) {
  const auto sampler = make_sampler("greedy_sampler");
  for (const char* kind : kStreams)
    for (const int classes : {1, 2, 5, 13})
      for (const std::int64_t capacity : {1, 2, 4, 12, 13, 30, 50}) {
        LabelsHeld buffer(classes, capacity);
        Model model(capacity);
        std::vector<int> serial_in_slot;
        int serial = 0;
        for (const int label : stream(kind, classes, 25, Rng(1))) {
          Rng rng = Rng(5).fork("offer", static_cast<std::uint64_t>(serial));
          const Decision decision = buffer.offer(*sampler, label, rng);
          const Model::Outcome expected = model.offer(label, serial);
          const std::string where =
              std::string(kind) + ", N " + std::to_string(capacity) + ", offer " + std::to_string(serial);
          ASSERT_EQ(decision.action != Action::kSkip, expected.stored) << where;
          ASSERT_EQ(decision.action == Action::kReplace, !expected.candidates.empty()) << where;
          if (decision.action == Action::kReplace) {
            int& evicted = serial_in_slot[static_cast<std::size_t>(decision.slot)];
            ASSERT_TRUE(expected.candidates.count(evicted)) << where << " evicted " << evicted;
            model.evict(evicted);
            evicted = serial;
          } else if (decision.action == Action::kAppend) {
            serial_in_slot.push_back(serial);
          }
          for (int c = 0; c < classes; ++c) ASSERT_EQ(buffer.counts.held(c), model.held(c)) << where;
          ++serial;
        }
      }
}

TEST(GreedySamplerTest, NeverHoldsMoreThanItsSlots) {
  const auto sampler = make_sampler("greedy_sampler");
  for (const char* kind : kStreams)
    for (const std::int64_t capacity : {1, 3, 10, 99}) {
      LabelsHeld buffer(10, capacity);
      Rng rng(3);
      for (const int label : stream(kind, 10, 100, Rng(2))) {
        buffer.offer(*sampler, label, rng);
        ASSERT_LE(static_cast<std::int64_t>(buffer.labels.size()), capacity) << kind;
        ASSERT_EQ(buffer.counts.total(), static_cast<std::int64_t>(buffer.labels.size())) << kind;
      }
    }
}

// A class-incremental stream fills the buffer with its first class, so that the remainder of N / classes is
// used too. Under any other stream a class may also keep what it got while few classes had been seen.
TEST(GreedySamplerTest, ABalancedStreamGivesEveryClassItsQuotaAndAClassIncrementalOneEndsWithinOne) {
  const auto sampler = make_sampler("greedy_sampler");
  for (const std::string kind : {"class-incremental", "iid", "descending"})
    for (const int classes : {2, 10, 37})
      for (const std::int64_t capacity : {37, 100, 1000}) {
        LabelsHeld buffer(classes, capacity);
        Rng rng(11);
        for (const int label : stream(kind, classes, 1000, Rng(4))) buffer.offer(*sampler, label, rng);
        std::int64_t least = capacity, most = 0;
        for (int c = 0; c < classes; ++c) {
          least = std::min(least, buffer.counts.held(c));
          most = std::max(most, buffer.counts.held(c));
        }
        const std::string where =
            kind + ", " + std::to_string(classes) + " classes, N " + std::to_string(capacity);
        EXPECT_GE(least, capacity / classes) << where;
        if (kind == "iid") continue;
        EXPECT_LE(most - least, 1) << where;
        EXPECT_EQ(buffer.counts.total(), capacity) << where;
      }
}

TEST(GreedySamplerTest, WithFewerSlotsThanClassesTheLatestClassesStay) {
  const auto sampler = make_sampler("greedy_sampler");
  LabelsHeld buffer(10, 3);
  Rng rng(1);
  for (const int label : stream("class-incremental", 10, 20, Rng(1))) buffer.offer(*sampler, label, rng);
  // Every first entry is stored and evicts from the class seen first among those that hold one.
  std::sort(buffer.labels.begin(), buffer.labels.end());
  EXPECT_THAT(buffer.labels, ::testing::ElementsAre(7, 8, 9));
}

TEST(GreedySamplerTest, OfEquallyLargeClassesTheOneSeenFirstGivesWay) {
  const auto sampler = make_sampler("greedy_sampler");
  LabelsHeld buffer(3, 4);
  Rng rng(1);
  for (const int label : {2, 0, 0, 2}) buffer.offer(*sampler, label, rng);
  buffer.offer(*sampler, 1, rng);
  EXPECT_EQ(buffer.counts.held(2), 1);
  EXPECT_EQ(buffer.counts.held(0), 2);
}

TEST(GreedySamplerTest, TheVictimIsDrawnUniformlyFromItsClass) {
  const auto sampler = make_sampler("greedy_sampler");
  LabelsHeld buffer(3, 60);
  Rng rng(1);
  std::vector<int> labels(20, 0);
  labels.insert(labels.end(), 40, 1);
  rng.shuffle(labels);
  for (const int label : labels) {
    buffer.labels.push_back(static_cast<std::uint8_t>(label));
    buffer.counts.add(label);
  }
  std::vector<int> drawn(60, 0);
  const int draws = 40000;
  for (int i = 0; i < draws; ++i) {
    Rng one = Rng(9).fork("offer", static_cast<std::uint64_t>(i));
    ++drawn.at(static_cast<std::size_t>(sampler->evict(2, buffer.held(), one)));
  }
  double chi_square = 0;
  for (std::size_t slot = 0; slot < 60; ++slot) {
    if (buffer.labels[slot] == 0) {
      EXPECT_EQ(drawn[slot], 0) << slot;
      continue;
    }
    const double expected = draws / 40.0;
    chi_square += (drawn[slot] - expected) * (drawn[slot] - expected) / expected;
  }
  EXPECT_LT(chi_square, 62.4) << "99 % point of chi-square with 39 degrees of freedom";
  EXPECT_GT(chi_square, 19.9) << "1 % point: too even to be random";
}

TEST(GreedySamplerTest, TheIncomingEntryIsAVictimLikeAnyOther) {
  const auto sampler = make_sampler("greedy_sampler");
  LabelsHeld buffer(2, 4);
  for (const int label : {0, 0, 0, 1}) {
    buffer.labels.push_back(static_cast<std::uint8_t>(label));
    buffer.counts.add(label);
  }
  std::vector<int> drawn(5, 0);
  const int draws = 20000;
  Rng rng(3);
  for (int i = 0; i < draws; ++i) {
    const auto victim = sampler->evict(0, buffer.held(), rng);
    ++drawn.at(static_cast<std::size_t>(victim == Sampler::kIncoming ? 4 : victim));
  }
  EXPECT_EQ(drawn[3], 0) << "slot 3 holds the other class";
  for (const std::size_t at : {0, 1, 2, 4})
    EXPECT_NEAR(drawn[at], draws / 4, 250) << at;  // 4 standard deviations
}

TEST(KeepAllSamplerTest, KeepsEverythingAndSaysSoWhenItCannot) {
  const auto sampler = make_sampler("keep_all");
  LabelsHeld buffer(2, 3);
  Rng rng(1);
  for (const int label : {0, 0, 0}) EXPECT_EQ(buffer.offer(*sampler, label, rng).action, Action::kAppend);
  try {
    buffer.offer(*sampler, 0, rng);
    ADD_FAILURE() << "a fourth entry in three slots";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("full with 3 entries"));
  }
}

TEST(SamplerTableTest, EveryRowMakesTheSamplerOfItsName) {
  for (const SamplerInfo& row : sampler_table()) {
    EXPECT_EQ(make_sampler(row.name)->name(), row.name);
    EXPECT_FALSE(row.summary.empty()) << row.name;
  }
}

TEST(SamplerTableTest, AnUnknownNameListsTheKnownOnes) {
  try {
    make_sampler("Greedy");
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(),
                ::testing::AllOf(::testing::HasSubstr("'Greedy'"), ::testing::HasSubstr("greedy_sampler"),
                                 ::testing::HasSubstr("keep_all")));
  }
}

}  // namespace
}  // namespace packrat
