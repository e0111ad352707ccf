// What a training loop does with a buffer: columns, minibatches, replacing, removing, resizing, continuing
// from bytes.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "engine/buffer/buffer_file.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

const std::vector<Column> kLiveColumns{{"logits", "float32", 3}, {"task", "uint8", 1}};
constexpr std::int64_t kColumnBytes = 13, kLiveRows = 200;
constexpr int kLiveClasses = 5;

struct LiveCase {
  const char *spec, *sampler;
  Budget budget;
  std::string name() const {
    return std::string(spec) + ", " + sampler + ", " + std::to_string(budget.amount);
  }
};

std::vector<LiveCase> live_cases() {
  std::vector<LiveCase> cases;
  for (const char* spec : {"none", "quantize:states=4,range=local", "nonzero"})
    for (const char* sampler : {"greedy", "reservoir", "class_balanced_reservoir", "ring", "herding"})
      for (const Budget budget : {Budget::slots(40), Budget::bytes(4000)})
        cases.push_back({spec, sampler, budget});
  return cases;
}

/// The columns of row i, a function of the row's first value: whatever slot an entry moves to, they can be
/// told.
std::vector<std::uint8_t> columns_of_row(const float* row) {
  const float logits[3] = {row[0], row[0] + 1, 2 * row[0]};
  std::vector<std::uint8_t> bytes(kColumnBytes);
  std::memcpy(bytes.data(), logits, sizeof logits);
  bytes[12] = static_cast<std::uint8_t>(10 * row[0]);
  return bytes;
}

struct LiveStream {
  LiveStream()
      : rows(random_rows(feature_domain(), kLiveRows, Rng(1))),
        labels(random_labels(kLiveClasses, kLiveRows, Rng(2))) {
    for (std::int64_t i = 0; i < kLiveRows; ++i) {
      const auto one = columns_of_row(rows.data() + i * 16);
      columns.insert(columns.end(), one.begin(), one.end());
    }
  }
  void offer(ReplayBuffer& buffer, std::int64_t begin, std::int64_t end) const {
    buffer.ingest(
        {rows.data() + begin * 16, end - begin, 16}, {labels.begin() + begin, labels.begin() + end}, begin,
        Rng(3),
        {columns.data() + begin * kColumnBytes, static_cast<std::size_t>((end - begin) * kColumnBytes)});
  }
  std::vector<float> rows;
  std::vector<int> labels;
  std::vector<std::uint8_t> columns;
};

ReplayBuffer live_buffer(const LiveCase& c) {
  return ReplayBuffer(test_codec(c.spec, feature_domain()), kLiveClasses, c.budget, make_sampler(c.sampler),
                      kLiveColumns);
}

std::vector<std::uint8_t> live_memory(const ReplayBuffer& buffer) {
  std::vector<std::uint8_t> all;
  buffer.visit_memory([&](ByteView v) { all.insert(all.end(), v.data, v.data + v.size); });
  return all;
}

/// Labels, columns and entries belong together, and every byte is charged.
void expect_sound(const ReplayBuffer& buffer, bool exact, const std::string& where) {
  std::vector<std::int64_t> held(static_cast<std::size_t>(kLiveClasses), 0);
  std::vector<float> row(16);
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
    ++held[static_cast<std::size_t>(buffer.label(slot))];
    const ByteView columns = buffer.columns_of(slot);
    ASSERT_EQ(columns.size, static_cast<std::size_t>(kColumnBytes)) << where;
    if (!exact) continue;
    buffer.decode({slot}, {row.data(), 1, 16});
    ASSERT_EQ(std::vector<std::uint8_t>(columns.data, columns.data + columns.size),
              columns_of_row(row.data()))
        << where << ", slot " << slot;
  }
  for (int c = 0; c < kLiveClasses; ++c)
    ASSERT_EQ(buffer.counts().held(c), held[static_cast<std::size_t>(c)]) << where;
  ASSERT_EQ(buffer.ledger().buffer_total(), static_cast<std::int64_t>(live_memory(buffer).size())) << where;
  ASSERT_EQ(buffer.ledger().bytes(Item::kColumns), buffer.size() * kColumnBytes) << where;
  if (buffer.budget().unit == Budget::Unit::kBytes) {
    ASSERT_LE(buffer.ledger().buffer_total(), buffer.budget().amount) << where;
  }
}

bool is_exact(const LiveCase& c) {
  return std::string(c.spec) != "quantize:states=4,range=local";
}

TEST(LiveBufferTest, ColumnsStayWithTheirEntriesThroughEverything) {
  const LiveStream stream;
  for (const LiveCase& c : live_cases()) {
    ReplayBuffer buffer = live_buffer(c);
    stream.offer(buffer, 0, 120);
    ASSERT_NO_FATAL_FAILURE(expect_sound(buffer, is_exact(c), c.name() + ", offered"));
    buffer.remove({0, buffer.size() - 1, 3, 7});
    ASSERT_NO_FATAL_FAILURE(expect_sound(buffer, is_exact(c), c.name() + ", removed"));
    const EntryBatch entries = buffer.codec().encode({stream.rows.data(), 2, 16});
    std::vector<std::uint8_t> columns = columns_of_row(stream.rows.data());
    const auto second = columns_of_row(stream.rows.data() + 16);
    columns.insert(columns.end(), second.begin(), second.end());
    buffer.replace({2, 5}, {1, 4}, entries, {columns.data(), columns.size()});
    EXPECT_EQ(buffer.label(2), 1);
    EXPECT_EQ(buffer.label(5), 4);
    ASSERT_NO_FATAL_FAILURE(expect_sound(buffer, is_exact(c), c.name() + ", replaced"));
    const bool in_slots = c.budget.unit == Budget::Unit::kSlots;
    Rng rng(4);
    const std::int64_t before = buffer.size();
    buffer.resize(in_slots ? Budget::slots(20) : Budget::bytes(2500), rng);
    EXPECT_LT(buffer.size(), before) << c.name();
    ASSERT_NO_FATAL_FAILURE(expect_sound(buffer, is_exact(c), c.name() + ", smaller"));
    const std::int64_t least = buffer.size();
    buffer.resize(in_slots ? Budget::slots(60) : Budget::bytes(6000), rng);
    EXPECT_EQ(buffer.size(), least) << c.name();
    stream.offer(buffer, 120, kLiveRows);
    EXPECT_GT(buffer.size(), least) << c.name();
    ASSERT_NO_FATAL_FAILURE(expect_sound(buffer, is_exact(c), c.name() + ", larger"));
    buffer.clear();
    EXPECT_EQ(buffer.size(), 0);
    ASSERT_NO_FATAL_FAILURE(expect_sound(buffer, is_exact(c), c.name() + ", cleared"));
  }
}

TEST(LiveBufferTest, FromItsBytesItGoesOnAsItWouldHave) {
  const LiveStream stream;
  for (const LiveCase& c : live_cases()) {
    ReplayBuffer buffer = live_buffer(c);
    stream.offer(buffer, 0, 90);
    std::vector<std::uint8_t> file;
    const BufferDraws draws{7, 90, 3};
    write_buffer(buffer, {}, &draws, [&](ByteView v) { file.insert(file.end(), v.data, v.data + v.size); });
    EXPECT_EQ(static_cast<std::int64_t>(file.size()),
              kBufferFileHeaderBytes + buffer.ledger().buffer_total());
    SavedBuffer again = read_buffer({file.data(), file.size()}, "it", make_test_codec);
    EXPECT_EQ(again.draws.seed, 7u);
    EXPECT_EQ(again.draws.offered, 90);
    EXPECT_EQ(again.draws.drawn, 3);
    EXPECT_EQ(again.buffer.columns(), kLiveColumns);
    for (ReplayBuffer* b : {&buffer, &again.buffer}) stream.offer(*b, 90, kLiveRows);
    EXPECT_EQ(buffer.ledger(), again.buffer.ledger()) << c.name();
    ASSERT_EQ(buffer.size(), again.buffer.size()) << c.name();
    for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
      const ByteView a = buffer.entry(slot), b = again.buffer.entry(slot);
      ASSERT_EQ(std::vector<std::uint8_t>(a.data, a.data + a.size),
                std::vector<std::uint8_t>(b.data, b.data + b.size))
          << c.name();
    }
  }
}

// Every byte of the state, one after the other: an error or a buffer, never a crash (under the sanitizers).
TEST(LiveBufferTest, AlteredStatesAreRefusedOrSound) {
  const LiveStream stream;
  for (const LiveCase& c : live_cases()) {
    ReplayBuffer buffer = live_buffer(c);
    stream.offer(buffer, 0, 60);
    const std::vector<std::uint8_t> good = live_memory(buffer);
    for (std::size_t at = 0; at < good.size(); at += 23) {
      std::vector<std::uint8_t> bad = good;
      bad[at] ^= 0x81;
      try {
        ReplayBuffer read =
            ReplayBuffer::from_memory(buffer.shared_codec(), kLiveClasses, c.budget, make_sampler(c.sampler),
                                      {bad.data(), bad.size()}, kLiveColumns);
        stream.offer(read, 60, 90);
      } catch (const Error&) {
      }
    }
    for (const std::size_t size : {std::size_t{0}, good.size() / 2, good.size() - 1})
      EXPECT_THROW(ReplayBuffer::from_memory(buffer.shared_codec(), kLiveClasses, c.budget,
                                             make_sampler(c.sampler), {good.data(), size}, kLiveColumns),
                   Error)
          << c.name() << ", " << size;
  }
}

TEST(LiveBufferTest, AMinibatchIsUniformAndWithoutRepeats) {
  const LiveStream stream;
  ReplayBuffer buffer = live_buffer({"none", "greedy", Budget::slots(30)});
  stream.offer(buffer, 0, kLiveRows);
  std::vector<int> times(static_cast<std::size_t>(buffer.size()), 0);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Rng rng = Rng(1).fork("sample", i);
    const auto slots = buffer.draw(10, false, rng);
    EXPECT_EQ(std::set<std::int64_t>(slots.begin(), slots.end()).size(), 10u);
    for (const std::int64_t slot : slots) ++times.at(static_cast<std::size_t>(slot));
  }
  for (const int n : times) EXPECT_NEAR(n, 3000 * 10 / buffer.size(), 5 * 26);
  Rng rng(2);
  auto all = buffer.draw(buffer.size(), false, rng);
  std::sort(all.begin(), all.end());
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot)
    EXPECT_EQ(all[static_cast<std::size_t>(slot)], slot);
  EXPECT_EQ(buffer.draw(1000, true, rng).size(), 1000u);
  EXPECT_EQ(buffer.draw(0, false, rng).size(), 0u);
}

TEST(LiveBufferTest, WhatCannotBeDoneIsSaidAndChangesNothing) {
  const LiveStream stream;
  for (const LiveCase& c : live_cases()) {
    ReplayBuffer buffer = live_buffer(c);
    stream.offer(buffer, 0, 60);
    const auto before = live_memory(buffer);
    const EntryBatch entries = buffer.codec().encode({stream.rows.data(), 2, 16});
    Rng rng(1);
    const std::pair<std::function<void()>, const char*> mistakes[] = {
        {[&] {
           buffer.remove({1, 1});
         },
         "slot 1 is named twice"},
        {[&] {
           buffer.remove({1, buffer.size()});
         },
         "holds no entry: slots are 0 to"},
        {[&] { buffer.remove({-1}); }, "slot -1 holds no entry"},
        {[&] {
           buffer.replace({0, -1}, {0, 0}, entries, {});
         },
         "slot -1 holds no entry"},
        {[&] {
           buffer.replace({0, 1}, {0, 9}, entries, {});
         },
         "label 9 is no class"},
        {[&] { buffer.resize(Budget::bytes(10), rng); }, "a budget of 10 bytes is too small"},
        {[&] { buffer.resize(Budget::slots(0), rng); }, "0 slots"},
        {[&] { buffer.draw(buffer.size() + 1, false, rng); }, "cannot be drawn without replacement"},
        {[&] { buffer.draw(-1, true, rng); }, "-1 entries cannot be drawn"},
    };
    for (const auto& [mistake, message] : mistakes) {
      try {
        mistake();
        ADD_FAILURE() << message << " on " << c.name();
      } catch (const UserError& error) {
        EXPECT_THAT(error.what(), HasSubstr(message));
      }
      EXPECT_EQ(live_memory(buffer), before) << message << " on " << c.name();
    }
  }
}

TEST(LiveBufferTest, AnExternalSamplerAppendsAndThenAsksForSlots) {
  const LiveStream stream;
  ReplayBuffer buffer = live_buffer({"none", "external", Budget::slots(10)});
  stream.offer(buffer, 0, 10);
  const auto before = live_memory(buffer);
  EXPECT_THROW(stream.offer(buffer, 10, 12), UserError);
  Rng rng(1);
  EXPECT_THROW(buffer.resize(Budget::slots(9), rng), UserError);
  EXPECT_EQ(live_memory(buffer), before);
  buffer.remove({4});
  stream.offer(buffer, 10, 11);
  EXPECT_EQ(buffer.size(), 10);
}

TEST(ColumnsTest, WhatIsNoColumnIsRefused) {
  const std::pair<std::vector<Column>, const char*> wrong[] = {
      {{{"", "uint8", 1}}, "a column is called ''"},
      {{{std::string(64, 'x'), "uint8", 1}}, "give a name of 1 to 63 bytes"},
      {{{"a", "complex64", 1}}, "choose from uint8, int8"},
      {{{"a", "uint8", 0}}, "has 0 values"},
      {{{"a", "float64", std::int64_t{1} << 40}}, "give 1 to 2097152"},
      {{{"a", "uint8", 1}, {"a", "int8", 1}}, "two columns are called 'a'"},
      {{{"a", "uint8", 1 << 24}, {"b", "int8", 1}}, "columns of 16777217 bytes"},
  };
  for (const auto& [columns, message] : wrong) {
    try {
      check_columns(columns);
      ADD_FAILURE() << message;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }
}

}  // namespace
}  // namespace packrat
