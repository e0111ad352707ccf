#include "engine/buffer/replay_buffer.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "compressors/codec.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

constexpr int kBufferClasses = 6;

/// Offers `count` random rows one by one; returns the rows.
std::vector<float> fill(ReplayBuffer& buffer, std::int64_t count, std::uint64_t seed = 1) {
  const Domain& domain = buffer.codec().domain();
  const auto rows = random_rows(domain, count, Rng(seed));
  const auto labels = random_labels(buffer.classes(), count, Rng(seed + 1));
  for (std::int64_t i = 0; i < count; ++i) {
    Rng rng = Rng(seed).fork("offer", static_cast<std::uint64_t>(i));
    const auto batch = buffer.codec().encode({rows.data() + i * domain.values(), 1, domain.values()});
    buffer.offer(labels[static_cast<std::size_t>(i)], batch.entry(0), rng);
  }
  return rows;
}

TEST(ReplayBufferTest, ItsLedgerNeverExceedsABudgetInBytesAndCountsAllOfIt) {
  for (const std::string& spec : codec_specs(feature_domain()))
    for (const std::int64_t bytes : {1000, 1777, 5000}) {
      const std::shared_ptr<const Codec> codec = test_codec(spec, feature_domain());
      const std::int64_t budget = bytes + static_cast<std::int64_t>(codec->shared().size());
      ReplayBuffer buffer(codec, kBufferClasses, Budget::bytes(budget));
      fill(buffer, 300);
      std::int64_t held = 0;
      buffer.visit_memory([&](ByteView piece) { held += static_cast<std::int64_t>(piece.size); });
      EXPECT_EQ(buffer.ledger().buffer_total(), held) << spec;
      EXPECT_LE(held, budget) << spec;
      const auto per_entry = buffer.codec().entry_bytes().value_or(0) + 1;
      if (buffer.codec().entry_bytes()) {
        EXPECT_GT(held, budget - per_entry) << spec << ": another slot would fit";
      } else {
        EXPECT_EQ(held, budget) << spec << ": the log's block takes all";
      }
      EXPECT_GT(buffer.size(), 0) << spec;
    }
}

TEST(ReplayBufferTest, ABudgetInBytesBuysAsManySlotsAsFit) {
  // none on 16 features: 64 bytes and 1 of label a slot; counters 6 x 6. (10036 - 36) / 65 = 153.8.
  const ReplayBuffer buffer(test_codec("none", feature_domain()), kBufferClasses, Budget::bytes(10036));
  EXPECT_EQ(buffer.capacity(), 153);
  EXPECT_EQ(buffer.ledger().buffer_total(), 36 + 153 * 65);
  EXPECT_EQ(buffer.ledger().bytes(Item::kSlack), 153 * 65) << "nothing is held yet";
}

TEST(ReplayBufferTest, EntropyCodedEntriesGetTheSlotsThatTheyReallyNeed) {
  const Domain domain = feature_domain(64);
  const auto slots = [&](const char* spec) {
    ReplayBuffer buffer(test_codec(spec, domain), kBufferClasses, Budget::bytes(30000));
    fill(buffer, 600);
    EXPECT_LE(buffer.ledger().buffer_total(), 30000) << spec;
    EXPECT_GE(buffer.capacity(), buffer.size()) << spec;
    return buffer.size();
  };
  // 256 codes of 4 bits with an entropy of about 2.9, and 5 bytes an entry for the log.
  const std::int64_t plain = slots("quantize:states=16,range=fit"),
                     coded = slots("quantize:states=16,range=fit|entropy:rans");
  EXPECT_EQ(plain, (30000 - 8 - 36) / 129 / kBufferClasses * kBufferClasses) << "classes hold equally many";
  EXPECT_GT(coded, plain + plain / 8);
}

TEST(ReplayBufferTest, LabelsTakeTwoBytesFromTwoHundredFiftySevenClassesOn) {
  for (const auto& [classes, width] : {std::pair{256, 1}, {257, 2}}) {
    ReplayBuffer buffer(test_codec("none", feature_domain()), classes, Budget::slots(5));
    Rng rng(1);
    const std::vector<std::uint8_t> entry(64);
    for (int i = 0; i < 5; ++i) buffer.offer(classes - 1 - i, {entry.data(), entry.size()}, rng);
    EXPECT_EQ(buffer.ledger().bytes(Item::kLabels), 5 * width);
    EXPECT_EQ(buffer.label(0), classes - 1);
    EXPECT_EQ(buffer.ledger().bytes(Item::kIndex), 6 * classes);
    EXPECT_EQ(buffer.ledger().bytes(Item::kSlack), 0);
  }
}

TEST(ReplayBufferTest, NeverHoldsMoreThanItsSlots) {
  for (const std::string& spec : codec_specs(feature_domain()))
    for (const std::int64_t slots : {1, 4, 50}) {
      ReplayBuffer buffer(test_codec(spec, feature_domain()), kBufferClasses, Budget::slots(slots));
      fill(buffer, 300);
      EXPECT_LE(buffer.size(), slots) << spec;
      EXPECT_GE(buffer.size(), std::min<std::int64_t>(slots, slots / kBufferClasses * kBufferClasses))
          << spec;
      EXPECT_EQ(buffer.counts().total(), buffer.size()) << spec;
    }
}

TEST(ReplayBufferTest, HeldEntriesDecodeToTheRowsTheyCameFrom) {
  for (const Domain& domain : {feature_domain(), pixel_domain()}) {
    for (const char* spec : {"none", "nonzero"}) {
      ReplayBuffer buffer(test_codec(spec, domain), kBufferClasses, Budget::slots(20));
      const auto rows = fill(buffer, 200);
      const std::int64_t width = domain.values();
      std::vector<float> out(static_cast<std::size_t>(3 * width));
      const std::vector<std::int64_t> slots = {17, 0, 7};
      buffer.decode(slots, {out.data(), 3, width});
      for (int i = 0; i < 3; ++i) {
        bool found = false;
        for (std::int64_t r = 0; r < 200 && !found; ++r)
          found = std::equal(out.begin() + i * width, out.begin() + (i + 1) * width, rows.begin() + r * width,
                             [](float a, float b) { return std::abs(a - b) < 1e-5f; });
        EXPECT_TRUE(found) << spec << ", slot " << slots[static_cast<std::size_t>(i)];
      }
    }
  }
}

TEST(ReplayBufferTest, DecodingAnEmptySlotIsCaught) {
  ReplayBuffer buffer(test_codec("none", feature_domain()), kBufferClasses, Budget::slots(20));
  std::vector<float> out(16);
  for (const std::int64_t slot : {-1, 0, 19})
    EXPECT_THROW(buffer.decode({slot}, {out.data(), 1, 16}), std::logic_error) << slot;
}

TEST(ReplayBufferTest, EntriesOfDifferingSizeStayBalancedUnderABudgetInBytes) {
  ReplayBuffer buffer(test_codec("nonzero", feature_domain()), kBufferClasses, Budget::bytes(6000));
  const Domain domain = feature_domain();
  const auto rows = random_rows(domain, 3000, Rng(1));
  Rng rng(2);
  for (int i = 0; i < 3000; ++i)  // class-incremental
    buffer.offer(i / 500, buffer.codec().encode({rows.data() + i * 16, 1, 16}).entry(0), rng);
  std::int64_t least = buffer.size(), most = 0;
  for (int c = 0; c < kBufferClasses; ++c) {
    least = std::min(least, buffer.counts().held(c));
    most = std::max(most, buffer.counts().held(c));
  }
  EXPECT_LE(most - least, 2) << "the quota rests on an estimate";
  // About 8 of 16 values are not 0, 5 bytes each; length 1, label 1, offset 2: 44 bytes an entry.
  EXPECT_NEAR(static_cast<double>(buffer.size()), 6000.0 * 31 / 32 / 44, 12);
}

TEST(ReplayBufferTest, ASkippedEntryChangesNothingAndNeedsNoBytes) {
  ReplayBuffer buffer(test_codec("none", feature_domain()), kBufferClasses, Budget::slots(2));
  Rng rng(1);
  const std::vector<std::uint8_t> entry(64);
  const ByteView bytes{entry.data(), entry.size()};
  EXPECT_TRUE(buffer.offer(0, bytes, rng));
  EXPECT_TRUE(buffer.offer(0, bytes, rng));
  const Decision decision = buffer.decide(0, rng);
  EXPECT_EQ(decision.action, Decision::Action::kSkip);
  EXPECT_FALSE(buffer.store(decision, {}, rng));
  EXPECT_EQ(buffer.counts().held(0), 2);
}

TEST(ReplayBufferTest, TooSmallABudgetNamesTheMinimumAndTheMinimumSuffices) {
  for (const std::string& spec : codec_specs(feature_domain())) {
    const auto codec = test_codec(spec, feature_domain());
    std::string message;
    try {
      ReplayBuffer buffer(codec, kBufferClasses, Budget::bytes(10));
      ADD_FAILURE() << spec;
    } catch (const UserError& error) {
      message = error.what();
    }
    EXPECT_THAT(message, HasSubstr("a budget of 10 bytes is too small")) << spec;
    const auto at = message.find("at least ");
    ASSERT_NE(at, std::string::npos) << message;
    const std::int64_t minimum = std::stoll(message.substr(at + 9));
    EXPECT_NO_THROW(ReplayBuffer(codec, kBufferClasses, Budget::bytes(minimum))) << spec;
    EXPECT_THROW(ReplayBuffer(codec, kBufferClasses, Budget::bytes(minimum - 1)), UserError) << spec;
  }
}

TEST(ReplayBufferTest, AnEntryThatFitsNowhereIsAUserErrorAndEvictsNobody) {
  ReplayBuffer buffer(test_codec("nonzero", feature_domain()), kBufferClasses, Budget::bytes(120));
  Rng rng(1);
  const std::vector<std::uint8_t> entry(200);
  EXPECT_TRUE(buffer.offer(1, {entry.data(), 20}, rng));
  EXPECT_THROW(buffer.offer(2, {entry.data(), 200}, rng), UserError);
  EXPECT_EQ(buffer.size(), 1);
}

TEST(ReplayBufferTest, SlotsAndLabelsOutOfRangeAreNamed) {
  const auto codec = test_codec("none", feature_domain());
  for (const std::int64_t slots : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 31})
    EXPECT_THROW(ReplayBuffer(codec, kBufferClasses, Budget::slots(slots)), UserError) << slots;
  const ReplayBuffer buffer(codec, kBufferClasses, Budget::slots(3));
  Rng rng(1);
  for (const int label : {-1, kBufferClasses}) EXPECT_THROW(buffer.decide(label, rng), UserError) << label;
}

TEST(ReplayBufferTest, AStaleDecisionIsCaught) {
  ReplayBuffer buffer(test_codec("none", feature_domain()), kBufferClasses, Budget::slots(3));
  Rng rng(1);
  const std::vector<std::uint8_t> entry(64);
  EXPECT_THROW(buffer.store({Decision::Action::kReplace, 0, 0}, {entry.data(), 64}, rng), std::logic_error);
  EXPECT_THROW(buffer.store({Decision::Action::kAppend, 0, 0}, {entry.data(), 63}, rng), std::logic_error);
  EXPECT_EQ(buffer.counts().total(), 0);
}

TEST(ReplayBufferTest, TheSameSeedGivesTheSameMemory) {
  for (const std::string& spec : codec_specs(feature_domain())) {
    std::vector<std::uint8_t> memory[3];
    for (int i = 0; i < 3; ++i) {
      const std::shared_ptr<const Codec> codec = test_codec(spec, feature_domain());
      ReplayBuffer buffer(codec, kBufferClasses, Budget::bytes(1500 + codec->shared_bytes().total()));
      fill(buffer, 200, i < 2 ? 5 : 6);
      buffer.visit_memory([&](ByteView v) { memory[i].insert(memory[i].end(), v.data, v.data + v.size); });
    }
    EXPECT_EQ(memory[0], memory[1]) << spec;
    EXPECT_NE(memory[0], memory[2]) << spec;
  }
}

}  // namespace
}  // namespace packrat
