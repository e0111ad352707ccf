// Buffers in memory-mapped files: the entries of those in memory, whole after a kill, damaged files refused.
#include "engine/buffer/mapped_buffer.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>

#include "engine/buffer/mapped_slab.h"
#include "engine/core/files.h"
#include "tests/buffer/test_codecs.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

constexpr int kMappedClasses = 5;
const std::vector<Column> kMappedColumns{{"copy", "float32", 16}};

SavedBuffer mapped(const std::filesystem::path& path, const char* sampler,
                   Budget budget = Budget::slots(40)) {
  return make_mapped_buffer(path, test_codec("none", feature_domain()), kMappedClasses, budget,
                            make_sampler(sampler), kMappedColumns, 3);
}

/// Row i, its label, and as its column the row again.
void offer_rows(SavedBuffer& state, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = random_rows(feature_domain(), 1, Rng(static_cast<std::uint64_t>(state.draws.offered)));
    const int label = static_cast<int>(state.draws.offered * 7 % kMappedClasses);
    state.buffer.ingest({row.data(), 1, 16}, {label}, state.draws.offered, Rng(3),
                        {reinterpret_cast<const std::uint8_t*>(row.data()), 64});
    ++state.draws.offered;
    keep_mapped_state(state);
  }
}

std::vector<std::uint8_t> mapped_memory(const ReplayBuffer& buffer) {
  std::vector<std::uint8_t> all;
  buffer.visit_memory([&](ByteView v) { all.insert(all.end(), v.data, v.data + v.size); });
  return all;
}

/// Every entry equals its column, and the counts are those of the labels.
void expect_whole(const ReplayBuffer& buffer, const std::string& where) {
  std::vector<std::int64_t> held(kMappedClasses, 0);
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
    const ByteView entry = buffer.entry(slot), column = buffer.columns_of(slot);
    ASSERT_EQ(std::vector<std::uint8_t>(entry.data, entry.data + entry.size),
              std::vector<std::uint8_t>(column.data, column.data + column.size))
        << where << ", slot " << slot;
    ++held.at(static_cast<std::size_t>(buffer.label(slot)));
  }
  for (int c = 0; c < kMappedClasses; ++c)
    EXPECT_EQ(buffer.counts().held(c), held[static_cast<std::size_t>(c)]) << where;
}

TEST(MappedBufferTest, HoldsWhatABufferInMemoryHoldsAndGoesOnAfterItWasClosed) {
  for (const char* sampler : {"greedy", "reservoir", "class_balanced_reservoir", "ring", "herding"})
    for (const Budget budget : {Budget::slots(40), Budget::bytes(6000)}) {
      const TempFolder folder;
      SavedBuffer in_memory{ReplayBuffer(test_codec("none", feature_domain()), kMappedClasses, budget,
                                         make_sampler(sampler), kMappedColumns),
                            {},
                            {3, 0, 0}};
      offer_rows(in_memory, 200);
      {
        SavedBuffer state = mapped(folder / "a", sampler, budget);
        offer_rows(state, 120);
        state.buffer.remove({2});
      }
      {
        SavedBuffer state = open_mapped_buffer(folder / "a");
        EXPECT_EQ(state.draws.offered, 120);
        EXPECT_EQ(state.draws.seed, 3u);
        expect_whole(state.buffer, sampler);
        state.buffer.clear();
        state.draws.offered = 0;
        keep_mapped_state(state);
      }
      SavedBuffer state = open_mapped_buffer(folder / "a");
      EXPECT_EQ(state.buffer.size(), 0);
      offer_rows(state, 90);
      offer_rows(state, 110);
      expect_whole(state.buffer, sampler);
      EXPECT_EQ(state.buffer.ledger(), in_memory.buffer.ledger()) << sampler;
      ASSERT_EQ(state.buffer.size(), in_memory.buffer.size()) << sampler;
      for (std::int64_t slot = 0; slot < state.buffer.size(); ++slot) {
        const ByteView a = state.buffer.entry(slot), b = in_memory.buffer.entry(slot);
        ASSERT_EQ(std::vector<std::uint8_t>(a.data, a.data + a.size),
                  std::vector<std::uint8_t>(b.data, b.data + b.size))
            << sampler << ", slot " << slot;
      }
    }
}

TEST(MappedBufferTest, IsResizedInANewFileToWhatABufferInMemoryBecomes) {
  for (const char* sampler : {"greedy", "reservoir", "class_balanced_reservoir", "ring", "herding"}) {
    SCOPED_TRACE(sampler);
    const TempFolder folder;
    const auto path = folder / "a";
    SavedBuffer in_memory{ReplayBuffer(test_codec("none", feature_domain()), kMappedClasses,
                                       Budget::slots(40), make_sampler(sampler), kMappedColumns),
                          {"", "none", "", ""},
                          {3, 0, 0}};
    {
      SavedBuffer state = mapped(path, sampler);
      folder.write("a.resized", "what a killed process left");
      for (SavedBuffer* one : {&in_memory, &state}) offer_rows(*one, 90);
      for (const std::int64_t slots : {15, 60, 37}) {
        Rng for_memory(9), for_file(9);
        in_memory.buffer.resize(Budget::slots(slots), for_memory);
        resize_mapped_buffer(state, path, Budget::slots(slots), for_file);
        EXPECT_EQ(mapped_memory(state.buffer), mapped_memory(in_memory.buffer)) << slots;
        for (SavedBuffer* one : {&in_memory, &state}) offer_rows(*one, 30);
      }
      EXPECT_EQ(mapped_memory(state.buffer), mapped_memory(in_memory.buffer));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "a.resized"));
    const SavedBuffer state = open_mapped_buffer(path);
    EXPECT_EQ(mapped_memory(state.buffer), mapped_memory(in_memory.buffer));
    expect_whole(state.buffer, "reopened");
    EXPECT_EQ(state.buffer.capacity(), 37);
  }
}

TEST(MappedBufferTest, AProcessThatIsKilledWhileFillingLeavesWholeEntries) {
  const TempFolder folder;
  for (int round = 0; round < 12; ++round) {
    const auto path = folder / ("killed" + std::to_string(round));
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      SavedBuffer state = mapped(path, round % 2 == 0 ? "reservoir" : "ring");
      for (;;) offer_rows(state, 1);
    }
    ::usleep(static_cast<useconds_t>(20000 + 3100 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (!MappedSlab::is_mapped_file(path)) continue;  // killed before it had made the file
    try {
      SavedBuffer state = open_mapped_buffer(path);
      expect_whole(state.buffer, "round " + std::to_string(round));
      EXPECT_LE(state.buffer.size() - std::min<std::int64_t>(40, state.draws.offered), 1);
      offer_rows(state, 50);
      expect_whole(state.buffer, "after round " + std::to_string(round));
    } catch (const UserError& error) {  // only a file that was being made may be refused
      EXPECT_THAT(error.what(), HasSubstr("counters are damaged"));
    }
  }
}

/// The bytes of a file at a place, replaced.
void overwrite(const std::filesystem::path& path, std::int64_t at, const std::vector<std::uint8_t>& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// As if the process had been killed in the middle of copying an entry: the journal has it.
TEST(MappedBufferTest, AChangeThatWasBegunIsMadeAgain) {
  const TempFolder folder;
  const auto path = folder / "a";
  std::vector<std::uint8_t> before;
  {
    SavedBuffer state = mapped(path, "greedy");
    offer_rows(state, 20);
    before = mapped_memory(state.buffer);
  }
  const auto file = read_file(path);
  // The page behind the header: the sequence of the last change that was made, and how many entries are held.
  std::uint64_t applied = 0;
  std::memcpy(&applied, file.data() + 4096, 8);
  EXPECT_EQ(applied, 20u);
  --applied;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&applied);
  overwrite(path, 4096, {bytes, bytes + 8});
  overwrite(path, 4096 + 8, {19});
  overwrite(path, static_cast<std::int64_t>(file.size()) - 40 * 64 + 19 * 64,
            std::vector<std::uint8_t>(30, 0xee));
  const SavedBuffer state = open_mapped_buffer(path);
  EXPECT_EQ(mapped_memory(state.buffer), before);
  expect_whole(state.buffer, "made again");
}

TEST(MappedBufferTest, AlteredAndShortenedFilesAreRefusedOrReadable) {
  const TempFolder folder;
  const auto path = folder / "a", bad = folder / "b";
  {
    SavedBuffer state = mapped(path, "ring");
    offer_rows(state, 50);
  }
  const auto good = read_file(path);
  std::uint32_t description_bytes = 0;
  std::memcpy(&description_bytes, good.data() + 12, 4);
  const std::size_t header_bytes = 80 + description_bytes;
  for (std::size_t at = 0; at < good.size(); at += at < 1200 ? 9 : 401) {
    auto altered = good;
    altered[at] ^= 0x41;
    std::ofstream(bad, std::ios::binary)
        .write(reinterpret_cast<const char*>(altered.data()), static_cast<std::streamsize>(altered.size()));
    try {
      SavedBuffer state = open_mapped_buffer(bad);
      EXPECT_GE(at, header_bytes) << "an altered header was read";
      offer_rows(state, 3);
    } catch (const Error&) {
    }
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, std::size_t{4096}, good.size() - 1}) {
    std::ofstream(bad, std::ios::binary)
        .write(reinterpret_cast<const char*>(good.data()), static_cast<std::streamsize>(size));
    EXPECT_THROW(open_mapped_buffer(bad), UserError) << size;
  }
}

/// A disk that has room for a megabyte in a file.
class SmallDisk {
 public:
  SmallDisk() : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit megabyte{1 << 20, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &megabyte);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST(MappedBufferTest, WhatCannotBeMappedIsSaidInOneLineAndLeavesNoFile) {
  const TempFolder folder;
  const auto path = folder / "a";
  const auto says = [&](const std::function<void()>& mistake, const char* message) {
    try {
      mistake();
      ADD_FAILURE() << message;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  };
  {
    const SmallDisk small;
    says([&] { mapped(path, "greedy", Budget::slots(100'000)); }, "it takes");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  says(
      [&] {
        make_mapped_buffer(path, test_codec("nonzero", feature_domain()), 5, Budget::slots(9),
                           make_sampler("ring"), {}, 0);
      },
      "differ in size");
  EXPECT_FALSE(std::filesystem::exists(path));
  says([&] { mapped("/no/such/folder/a", "greedy"); }, "No such file");
  SavedBuffer state = mapped(path, "greedy");
  says([&] { mapped(path, "greedy"); }, "there is a file of that name");
  says([&] { open_mapped_buffer(path); }, "it is open already");
  Rng rng(1);
  says([&] { resize_mapped_buffer(state, path, Budget::bytes(10), rng); }, "too small");
  {
    const SmallDisk small;
    says([&] { resize_mapped_buffer(state, path, Budget::slots(100'000), rng); }, "it takes");
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.resized"));
  EXPECT_EQ(state.buffer.capacity(), 40);
  says([&] { open_mapped_buffer(folder / "none"); }, "No such file");
  folder.write("text", "no buffer");
  says([&] { open_mapped_buffer(folder / "text"); }, "it is no mapped buffer");
}

}  // namespace
}  // namespace packrat
