// What keeping the replay buffer costs beside encoding: deciding, evicting and copying an entry into its
// slot.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/log_storage.h"
#include "engine/buffer/replay_buffer.h"

namespace packrat {
namespace {

constexpr std::int64_t kSlots = 10000;
constexpr std::int64_t kOffers = 1000000;
constexpr std::int64_t kEntryBytes = 264;  // 256 x 2 x 2 values in 2 bits, lo and hi

ReplayBuffer make_buffer(int classes) {
  Domain domain;
  domain.shape = {256, 2, 2};
  return ReplayBuffer(std::make_shared<const Codec>(make_codec("quantize:states=4,range=local", domain)),
                      classes, Budget::slots(kSlots));
}

/// Entries that differ, so that copies read more than one cached line: 4 MB of them.
std::vector<std::uint8_t> some_entries() {
  std::vector<std::uint8_t> bytes(16000 * kEntryBytes);
  Rng rng(1);
  for (auto& b : bytes) b = static_cast<std::uint8_t>(rng.next());
  return bytes;
}

ByteView entry(const std::vector<std::uint8_t>& entries, std::int64_t i) {
  return {entries.data() + i % 16000 * kEntryBytes, kEntryBytes};
}

/// One class after the other, or evenly in random order.
std::vector<int> stream(int classes, bool iid) {
  std::vector<int> labels(kOffers);
  for (std::int64_t i = 0; i < kOffers; ++i)
    labels[static_cast<std::size_t>(i)] = static_cast<int>(i * classes / kOffers);
  Rng rng(2);
  if (iid) rng.shuffle(labels);
  return labels;
}

std::int64_t offer_all(ReplayBuffer& buffer, const std::vector<int>& labels,
                       const std::vector<std::uint8_t>& entries) {
  const Rng seed(3);
  std::int64_t stored = 0;
  for (std::int64_t i = 0; i < kOffers; ++i) {
    Rng rng = seed.fork("offer", static_cast<std::uint64_t>(i));
    stored += buffer.offer(labels[static_cast<std::size_t>(i)], entry(entries, i), rng);
  }
  return stored;
}

/// Balanced within one for a class-incremental stream; every class has its quota for any.
bool is_balanced(const ReplayBuffer& buffer, bool iid) {
  std::int64_t least = kSlots, most = 0;
  for (int c = 0; c < buffer.classes(); ++c) {
    least = std::min(least, buffer.counts().held(c));
    most = std::max(most, buffer.counts().held(c));
  }
  return least >= kSlots / buffer.classes() && (iid || most - least <= 1) && buffer.size() <= kSlots;
}

/// A million offers to an empty buffer of 10 000 slots; most are turned down once the quotas are full.
void million_offers(benchmark::State& state) {
  const auto classes = static_cast<int>(state.range(0));
  const bool iid = state.range(1) != 0;
  const auto labels = stream(classes, iid);
  const auto entries = some_entries();
  std::int64_t stored = 0;
  for (auto _ : state) {
    ReplayBuffer buffer = make_buffer(classes);
    stored = offer_all(buffer, labels, entries);
    if (!is_balanced(buffer, iid)) return state.SkipWithError("the classes are not balanced");
  }
  state.SetItemsProcessed(state.iterations() * kOffers);
  state.counters["stored"] = static_cast<double>(stored);
}
BENCHMARK(million_offers)
    ->ArgNames({"classes", "iid"})
    ->ArgsProduct({{10, 100}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

ReplayBuffer balanced_buffer(int classes, const std::vector<std::uint8_t>& entries) {
  ReplayBuffer buffer = make_buffer(classes);
  Rng rng(4);
  std::vector<int> labels(kSlots);
  for (std::int64_t i = 0; i < kSlots; ++i)
    labels[static_cast<std::size_t>(i)] = static_cast<int>(i % classes);
  rng.shuffle(labels);
  for (std::int64_t i = 0; i < kSlots; ++i)
    buffer.store({Decision::Action::kAppend, labels[static_cast<std::size_t>(i)], 0}, entry(entries, i), rng);
  return buffer;
}

/// The worst case, every time: the buffer is full, every class equally large, and the entry is stored.
void insert_with_eviction(benchmark::State& state) {
  const auto classes = static_cast<int>(state.range(0));
  const auto entries = some_entries();
  ReplayBuffer buffer = balanced_buffer(classes, entries);
  if (!is_balanced(buffer, false)) return state.SkipWithError("the classes are not balanced");
  const Rng seed(5);
  std::int64_t i = 0;
  for (auto _ : state) {
    Rng rng = seed.fork("offer", static_cast<std::uint64_t>(i));
    const auto label = static_cast<int>(i % classes);
    const auto victim = buffer.sampler().evict(label, {kSlots, buffer.counts(), buffer.labels()}, rng);
    if (victim != Sampler::kIncoming)
      buffer.store({Decision::Action::kReplace, label, victim}, entry(entries, i), rng);
    ++i;
  }
  if (!is_balanced(buffer, false)) return state.SkipWithError("the classes are no longer balanced");
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * kEntryBytes);
}
BENCHMARK(insert_with_eviction)->ArgName("classes")->Arg(10)->Arg(100)->Arg(200);

/// What is not the buffer's doing: drawing a slot and copying the entry into it.
void copy_alone(benchmark::State& state) {
  const auto entries = some_entries();
  std::vector<std::uint8_t> slab(kSlots * kEntryBytes);
  const Rng seed(5);
  std::int64_t i = 0;
  for (auto _ : state) {
    Rng rng = seed.fork("offer", static_cast<std::uint64_t>(i));
    std::uint8_t* to = slab.data() + static_cast<std::int64_t>(rng.below(kSlots)) * kEntryBytes;
    std::memcpy(to, entry(entries, i++).data, kEntryBytes);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * kEntryBytes);
}
BENCHMARK(copy_alone);

/// Entries of 200 to 328 bytes in a block with room for about 10 000: evict at random until the next one
/// fits.
void log_insert_with_eviction(benchmark::State& state) {
  const auto entries = some_entries();
  LogStorage log = LogStorage::of_bytes(kSlots * (kEntryBytes + 6), 1);
  Rng rng(6);
  std::int64_t i = 0;
  const auto insert = [&] {
    const ByteView source{entry(entries, i++ % 15999).data, 200 + rng.below(129)};
    while (!log.has_room(static_cast<std::int64_t>(source.size)))
      log.remove(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(log.size()))));
    log.append(1, source);
    return source;
  };
  for (int warm_up = 0; warm_up < 30000; ++warm_up) {
    const ByteView source = insert(), stored = log.entry(log.size() - 1);
    if (stored.size != source.size || std::memcmp(stored.data, source.data, source.size) != 0)
      return state.SkipWithError("an entry did not come back");
  }
  for (auto _ : state) insert();
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * kEntryBytes);
}
BENCHMARK(log_insert_with_eviction);

}  // namespace
}  // namespace packrat

BENCHMARK_MAIN();
