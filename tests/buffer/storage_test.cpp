#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "compressors/kernels/cuda/device.h"
#include "engine/buffer/device_slab.h"
#include "engine/buffer/log_storage.h"
#include "engine/buffer/slab_storage.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Entry {
  int label;
  Bytes bytes;
};

ByteView view(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}
Bytes copy(ByteView v) {
  return {v.data, v.data + v.size};
}

Bytes random_bytes(std::int64_t size, Rng& rng) {
  Bytes bytes(static_cast<std::size_t>(size));
  for (auto& b : bytes) b = static_cast<std::uint8_t>(rng.next());
  return bytes;
}

std::int64_t image_bytes(const EntryStorage& storage) {
  std::int64_t sum = 0;
  storage.visit_image([&](ByteView piece) { sum += static_cast<std::int64_t>(piece.size); });
  return sum;
}

Bytes image(const EntryStorage& storage) {
  Bytes all;
  storage.visit_image([&](ByteView piece) { all.insert(all.end(), piece.data, piece.data + piece.size); });
  return all;
}

void expect_same(const EntryStorage& storage, const std::vector<Entry>& expected, const std::string& where) {
  ASSERT_EQ(storage.size(), static_cast<std::int64_t>(expected.size())) << where;
  ASSERT_EQ(storage.labels().size, storage.size()) << where;
  for (std::int64_t slot = 0; slot < storage.size(); ++slot) {
    ASSERT_EQ(storage.labels()[slot], expected[static_cast<std::size_t>(slot)].label)
        << where << ", slot " << slot;
    ASSERT_EQ(copy(storage.entry(slot)), expected[static_cast<std::size_t>(slot)].bytes)
        << where << ", slot " << slot;
  }
}

/// Every allocated byte is charged, and the payload is what the entries hold.
void expect_charged(const EntryStorage& storage, const std::vector<Entry>& expected,
                    const std::string& where) {
  ByteLedger ledger;
  storage.charge(ledger);
  ASSERT_EQ(ledger.buffer_total(), image_bytes(storage)) << where;
  const auto payload = std::accumulate(
      expected.begin(), expected.end(), std::int64_t{0},
      [](auto sum, const Entry& e) { return sum + static_cast<std::int64_t>(e.bytes.size()); });
  ASSERT_EQ(ledger.bytes(Item::kPayload), payload) << where;
  for (const Item item : kItems) ASSERT_GE(ledger.bytes(item), 0) << where << " " << item_name(item);
}

/// Appends, replaces and removes at random, beside a plain list that does the same.
void exercise(EntryStorage& storage, int classes, std::int64_t least, std::int64_t most,
              const std::string& name) {
  std::vector<Entry> expected;
  Rng rng(17);
  for (int step = 0; step < 4000; ++step) {
    const auto spread = static_cast<std::uint64_t>(most - least + 1);
    Entry entry{static_cast<int>(rng.below(static_cast<std::uint64_t>(classes))),
                random_bytes(least + static_cast<std::int64_t>(rng.below(spread)), rng)};
    const auto size = static_cast<std::int64_t>(entry.bytes.size());
    const auto slot = expected.empty() ? 0 : rng.below(expected.size());
    if (storage.has_room(size)) {
      storage.append(entry.label, view(entry.bytes));
      expected.push_back(std::move(entry));
    } else if (storage.slot_limited() && rng.below(8) > 0) {
      storage.replace(static_cast<std::int64_t>(slot), entry.label, view(entry.bytes));
      expected[slot] = std::move(entry);
    } else {
      storage.remove(static_cast<std::int64_t>(slot));
      expected[slot] = expected.back();
      expected.pop_back();
    }
    const std::string where = name + ", step " + std::to_string(step);
    expect_charged(storage, expected, where);
    if (step % 50 == 0) expect_same(storage, expected, where);
    if (testing::Test::HasFatalFailure()) return;
  }
  expect_same(storage, expected, name);
}

TEST(SlabStorageTest, HoldsWhatAPlainListHolds) {
  for (const int classes : {10, 256, 257, 65536}) {
    SlabStorage slab(24, 40, label_bytes(classes));
    exercise(slab, classes, 24, 24, std::to_string(classes) + " classes");
    DeviceSlab there(kernels::cuda::host_device(), {{kernels::cuda::Form::kFloat32, 6}, {}}, 24, 40,
                     label_bytes(classes));
    exercise(there, classes, 24, 24, std::to_string(classes) + " classes, on a device");
  }
}

TEST(SlabStorageTest, EntryILiesAtITimesItsSize) {
  SlabStorage slab(3, 4, 1);
  for (int i = 0; i < 4; ++i) slab.append(i, view(Bytes(3, static_cast<std::uint8_t>(i))));
  EXPECT_EQ(slab.entry(3).data - slab.entry(0).data, 9);
  EXPECT_THAT(image(slab), ::testing::ElementsAre(0, 1, 2, 3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3));
}

TEST(SlabStorageTest, EntriesOfAnotherSizeOrBeyondTheSlotsAreRefused) {
  SlabStorage slab(3, 1, 1);
  EXPECT_THROW(slab.append(0, view(Bytes(4))), std::logic_error);
  EXPECT_EQ(slab.size(), 0);
  slab.append(0, view(Bytes(3)));
  EXPECT_THROW(slab.append(0, view(Bytes(3))), std::logic_error);
  EXPECT_THROW(slab.replace(1, 0, view(Bytes(3))), std::logic_error);
}

TEST(SlabStorageTest, MoreMemoryThanThereIsIsAUserError) {
  EXPECT_THROW(SlabStorage(std::int64_t{1} << 40, 1 << 23, 1), UserError);
}

TEST(LogStorageTest, HoldsWhatAPlainListHolds) {
  for (const int classes : {10, 300})
    for (const std::int64_t most : {0, 1, 40, 127, 300}) {
      const std::string name = std::to_string(classes) + " classes, entries to " + std::to_string(most);
      LogStorage by_bytes = LogStorage::of_bytes(5000, label_bytes(classes));
      exercise(by_bytes, classes, 0, most, name + ", 5000 bytes");
      LogStorage by_slots = LogStorage::of_slots(45, label_bytes(classes));
      exercise(by_slots, classes, 0, most, name + ", 45 slots");
    }
}

TEST(LogStorageTest, OffsetsWidenAsTheBlockGrows) {
  LogStorage log = LogStorage::of_slots(300, 1);
  std::vector<Entry> expected;
  Rng rng(2);
  for (int i = 0; i < 300; ++i) {
    expected.push_back({i % 7, random_bytes(i < 3 ? 10 : i < 200 ? 100 : 900, rng)});
    log.append(expected.back().label, view(expected.back().bytes));
    expect_same(log, expected, std::to_string(i));
  }
  ByteLedger ledger;
  log.charge(ledger);
  EXPECT_GT(ledger.buffer_total(), 65536);
  EXPECT_EQ(ledger.bytes(Item::kIndex), 300 * 3 + 3 + 197 + 100 * 2)
      << "3-byte offsets, and lengths of 1 and 2 bytes";
  EXPECT_LT(ledger.bytes(Item::kSlack), ledger.buffer_total() / 10);
}

TEST(LogStorageTest, ABlockOfBytesWastesLittleAndNeverMovesItsTotal) {
  LogStorage log = LogStorage::of_bytes(100000, 1);
  Rng rng(3);
  for (int i = 0; i < 5000; ++i) {
    const Bytes entry = random_bytes(100 + static_cast<std::int64_t>(rng.below(200)), rng);
    while (!log.has_room(static_cast<std::int64_t>(entry.size())))
      log.remove(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(log.size()))));
    log.append(1, view(entry));
  }
  ByteLedger ledger;
  log.charge(ledger);
  EXPECT_EQ(ledger.buffer_total(), 100000);
  EXPECT_LT(ledger.bytes(Item::kSlack), 100000 / 32 + 600);
  EXPECT_NEAR(static_cast<double>(log.capacity()), static_cast<double>(log.size()), 5);
}

TEST(StorageImageTest, RebuildsSlabAndLog) {
  Rng rng(4);
  SlabStorage slab(10, 6, 2);
  LogStorage log = LogStorage::of_bytes(400, 2);
  for (int i = 0; i < 4; ++i) {
    slab.append(300 + i, view(random_bytes(10, rng)));
    log.append(300 + i, view(random_bytes(20 * i, rng)));
  }
  log.remove(1);
  const Bytes slab_image = image(slab), log_image = image(log);
  ByteReader slab_reader(view(slab_image)), log_reader(view(log_image));
  SlabStorage::check_image(10, 6, 2, 4, slab_reader);
  SlabStorage same(10, 6, 2);
  same.read_image(4, slab_reader);
  EXPECT_EQ(image(same), slab_image);
  const LogStorage again = LogStorage::from_image(std::nullopt, 2, 3, log_reader);
  ASSERT_EQ(again.size(), 3);
  for (int slot = 0; slot < 3; ++slot) {
    EXPECT_EQ(copy(again.entry(slot)), copy(log.entry(slot))) << slot;
    EXPECT_EQ(again.labels()[slot], log.labels()[slot]) << slot;
  }
}

TEST(StorageImageTest, ADamagedImageIsRefusedOrReadsInsideItsBytes) {
  Rng rng(5);
  LogStorage log = LogStorage::of_bytes(400, 1);
  for (int i = 0; i < 9; ++i) log.append(i, view(random_bytes(30, rng)));
  const Bytes good = image(log);
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    Bytes bad = good;
    for (std::uint64_t flips = 1 + rng.below(4); flips > 0; --flips)
      bad[rng.below(bad.size())] ^= static_cast<std::uint8_t>(1 << rng.below(8));
    if (rng.below(4) == 0) bad.resize(rng.below(bad.size()));
    ByteReader reader(view(bad));
    try {
      const LogStorage read = LogStorage::from_image(std::nullopt, 1, 9, reader);
      for (int slot = 0; slot < 9; ++slot) copy(read.entry(slot));
    } catch (const CorruptEntry&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 700);
}

}  // namespace
}  // namespace packrat
