#include "engine/features/feature_cache.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <mutex>
#include <thread>

#include "engine/core/interrupt.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_data::user_error;

constexpr std::int64_t kWidth = 5;
const FeatureKey kKey{"toy-train_net-3_float32 data=1 weights=2", 5000,
                      kWidth};  // chunks of 2048, 2048 and 904

float value_at(std::int64_t row, std::int64_t column) {
  return std::sin(static_cast<float>(row * kWidth + column));
}

/// Computes the toy rows and notes which were asked for.
class Computer {
 public:
  ComputeRows function() {
    return [this](std::int64_t begin, std::int64_t end, float* out) {
      if (before_) before_(static_cast<int>(begins_.size()));
      const std::lock_guard<std::mutex> lock(guard_);
      begins_.push_back(begin);
      for (std::int64_t row = begin; row < end; ++row)
        for (std::int64_t column = 0; column < kWidth; ++column) *out++ = value_at(row, column);
    };
  }
  /// Called before every piece, with the number of pieces before it.
  void before_each(std::function<void(int)> hook) { before_ = std::move(hook); }
  const std::vector<std::int64_t>& begins() const { return begins_; }

 private:
  std::function<void(int)> before_;
  std::mutex guard_;
  std::vector<std::int64_t> begins_;
};

void expect_right(const FeatureRows& features, const FeatureKey& key = kKey) {
  const ConstRows rows = features.rows();
  ASSERT_EQ(rows.count, key.count);
  ASSERT_EQ(rows.width, key.width);
  for (std::int64_t row = 0; row < rows.count; ++row)
    for (std::int64_t column = 0; column < rows.width; ++column)
      ASSERT_EQ(rows.row(row)[column], value_at(row, column)) << "row " << row;
}

/// Opens the cache, checks its rows, and returns which pieces were computed.
std::vector<std::int64_t> open_cache(const std::filesystem::path& file, const FeatureKey& key = kKey,
                                     CacheReport* report = nullptr) {
  Computer computer;
  expect_right(cached_features(file, key, computer.function(), {}, report), key);
  return computer.begins();
}

void flip_byte(const std::filesystem::path& file, std::int64_t position) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(position);
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(position);
  stream.put(byte);
}

std::int64_t size_of(const std::filesystem::path& file) {
  return static_cast<std::int64_t>(std::filesystem::file_size(file));
}

TEST(FeatureCache, IsFilledOnceAndThenComputesNothing) {
  const TempFolder folder;
  CacheReport report;
  EXPECT_THAT(open_cache(folder / "sub/a.features", kKey, &report), ElementsAre(0, 2048, 4096));
  EXPECT_EQ(report.chunks, 3);
  EXPECT_EQ(report.reused, 0);
  EXPECT_FALSE(report.damaged);
  EXPECT_THAT(open_cache(folder / "sub/a.features", kKey, &report), IsEmpty());
  EXPECT_EQ(report.reused, 3);
  EXPECT_FALSE(std::filesystem::exists(folder / "sub/a.features.partial"));
}

TEST(FeatureCache, AWholeFileIsReadWithoutWritingBesideIt) {
  const TempFolder folder;
  open_cache(folder / "a.features");
  std::filesystem::remove(folder / "a.features.lock");
  EXPECT_THAT(open_cache(folder / "a.features"), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder / "a.features.lock"));
}

TEST(FeatureCache, WorksForAnyNumberOfRows) {
  const TempFolder folder;
  for (const std::int64_t count : {1, 2047, 2048, 2049, 6144}) {
    const FeatureKey key{"some", count, kWidth};
    const auto file = folder / (std::to_string(count) + ".features");
    EXPECT_EQ(static_cast<std::int64_t>(open_cache(file, key).size()), (count + 2047) / 2048);
    EXPECT_THAT(open_cache(file, key), IsEmpty()) << count << " rows";
  }
}

TEST(FeatureCache, AFlippedByteCostsThatChunkAlone) {
  const TempFolder folder;
  const auto file = folder / "a.features";
  open_cache(file);
  const std::int64_t values_begin = size_of(file) - kKey.count * kWidth * 4;
  const std::int64_t chunk_bytes = 2048 * kWidth * 4;
  struct Case {
    std::int64_t position, chunk;
  };
  for (const Case& c : {Case{values_begin, 0}, Case{values_begin + chunk_bytes - 1, 0},
                        Case{values_begin + chunk_bytes, 2048}, Case{size_of(file) - 1, 4096},
                        Case{4096 + 8, 2048}}) {  // the last: the second chunk's checksum
    flip_byte(file, c.position);
    CacheReport report;
    EXPECT_THAT(open_cache(file, kKey, &report), ElementsAre(c.chunk)) << "byte " << c.position;
    EXPECT_TRUE(report.damaged);
    EXPECT_EQ(report.reused, 2);
    EXPECT_THAT(open_cache(file), IsEmpty());
  }
}

TEST(FeatureCache, ATruncatedEmptyOrForeignFileIsBuiltAgain) {
  const TempFolder folder;
  const auto file = folder / "a.features";
  open_cache(file);
  const auto whole = static_cast<std::uintmax_t>(size_of(file));
  for (const std::uintmax_t size :
       {whole - 1, whole / 2, std::uintmax_t{4096}, std::uintmax_t{10}, std::uintmax_t{0}, whole + 1}) {
    std::filesystem::resize_file(file, size);
    EXPECT_THAT(open_cache(file), ElementsAre(0, 2048, 4096)) << size << " of " << whole << " bytes";
    EXPECT_THAT(open_cache(file), IsEmpty());
  }
  std::ofstream(file) << std::string(whole, 'x');
  EXPECT_THAT(open_cache(file), ElementsAre(0, 2048, 4096));
  flip_byte(file, 0);
  EXPECT_THAT(open_cache(file), ElementsAre(0, 2048, 4096)) << "an altered header";
}

TEST(FeatureCache, AFileOfAnotherKeyIsNotUsed) {
  const TempFolder folder;
  const auto file = folder / "a.features";
  FeatureKey other_text = kKey, other_count = kKey;
  other_text.text += ", other weights";
  other_count.count = 4999;
  for (const FeatureKey& key : {other_text, other_count}) {
    open_cache(file);
    EXPECT_EQ(open_cache(file, key).size(), 3U);
    EXPECT_THAT(open_cache(file, key), IsEmpty());
  }
}

TEST(FeatureCache, KeysWithLongTextsAreToldApart) {
  const TempFolder folder;
  const auto file = folder / "a.features";
  const FeatureKey first{std::string(5000, 'x') + "1", 10, kWidth},
      second{std::string(5000, 'x') + "2", 10, kWidth};
  open_cache(file, first);
  EXPECT_THAT(open_cache(file, second), ElementsAre(0));
}

TEST(FeatureCache, AStoppedCallLeavesItsChunksForTheNext) {
  const TempFolder folder;
  const auto file = folder / "a.features";
  Computer stopped;
  stopped.before_each([](int pieces) {
    if (pieces == 1) stop_requested() = true;  // while the second chunk is computed
  });
  EXPECT_THROW(cached_features(file, kKey, stopped.function(), {}), Interrupted);
  stop_requested() = false;
  EXPECT_THAT(stopped.begins(), ElementsAre(0, 2048));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_TRUE(std::filesystem::exists(folder / "a.features.partial"));

  CacheReport report;
  EXPECT_THAT(open_cache(file, kKey, &report), ElementsAre(4096));
  EXPECT_EQ(report.reused, 2);
  EXPECT_FALSE(report.damaged) << "unfinished is not damaged";
  EXPECT_FALSE(std::filesystem::exists(folder / "a.features.partial"));
}

TEST(FeatureCache, AnExceptionOfTheEncoderAlsoKeepsTheChunksBefore) {
  const TempFolder folder;
  Computer failing;
  failing.before_each([](int pieces) {
    if (pieces == 2) throw UserError("image 4100 is broken");
  });
  EXPECT_THAT(user_error([&] { cached_features(folder / "a", kKey, failing.function(), {}); }),
              HasSubstr("image 4100"));
  EXPECT_THAT(open_cache(folder / "a"), ElementsAre(4096));
}

TEST(FeatureCache, ADamagedPartialFileIsRepairedOnTheWay) {
  const TempFolder folder;
  Computer stopped;
  stopped.before_each([](int pieces) {
    if (pieces == 2) throw UserError("enough");
  });
  EXPECT_THROW(cached_features(folder / "a", kKey, stopped.function(), {}), UserError);
  flip_byte(folder / "a.partial", size_of(folder / "a.partial") - kKey.count * kWidth * 4);
  EXPECT_THAT(open_cache(folder / "a"), ElementsAre(0, 4096));
}

TEST(FeatureCache, AFolderThatCannotBeWrittenIsOneUserErrorWithTheRemedy) {
  const TempFolder folder;
  std::ofstream(folder / "file") << "x";
  for (const std::filesystem::path& file :
       {std::filesystem::path("/proc/packrat/a.features"), folder / "file/a.features"}) {
    Computer computer;
    EXPECT_THAT(user_error([&] { cached_features(file, kKey, computer.function(), {}); }),
                testing::AllOf(HasSubstr(file.string()), HasSubstr("--no_cache"), HasSubstr("--cache_dir")));
    EXPECT_THAT(computer.begins(), IsEmpty()) << "nothing should be computed in vain";
  }
}

TEST(FeatureCache, TwoThreadsAtOnceComputeOnce) {
  const TempFolder folder;
  Computer computer;
  computer.before_each([](int) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
  const auto open = [&] { expect_right(cached_features(folder / "a", kKey, computer.function(), {})); };
  std::thread other(open);
  open();
  other.join();
  EXPECT_THAT(computer.begins(), ElementsAre(0, 2048, 4096));
}

TEST(FeatureCache, TwoProcessesAtOnceComputeOnce) {
  const TempFolder folder;
  const auto in_child = [&] {
    const pid_t child = ::fork();
    if (child != 0) return child;
    Computer computer;
    computer.before_each([](int) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
    const FeatureRows features = cached_features(folder / "a", kKey, computer.function(), {});
    const bool right = features.rows().row(4999)[4] == value_at(4999, 4);
    ::_exit(right ? static_cast<int>(computer.begins().size()) : 100);
  };
  const std::vector<pid_t> children{in_child(), in_child()};
  int computed = 0;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    computed += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
  }
  EXPECT_EQ(computed, 3);
}

TEST(FeatureCache, TellsItsProgressUpToTheEnd) {
  const TempFolder folder;
  Computer computer;
  std::vector<std::int64_t> done;
  const ProgressFn progress = [&](std::string_view phase, std::int64_t now, std::int64_t total) {
    EXPECT_EQ(phase, "encode");
    EXPECT_EQ(total, 5000);
    done.push_back(now);
  };
  cached_features(folder / "a", kKey, computer.function(), progress);
  EXPECT_THAT(done, ElementsAre(2048, 4096, 5000));
}

TEST(ComputedFeatures, AreTheSameRowsInMemory) {
  Computer computer;
  const FeatureRows features = computed_features(kKey, computer.function(), {});
  expect_right(features);
  EXPECT_THAT(computer.begins(), ElementsAre(0, 2048, 4096));
}

TEST(ComputedFeatures, StopBetweenPieces) {
  Computer computer;
  computer.before_each([](int) { stop_requested() = true; });
  EXPECT_THROW(computed_features(kKey, computer.function(), {}), Interrupted);
  stop_requested() = false;
  EXPECT_THAT(computer.begins(), ElementsAre(0));
}

TEST(FeatureRows, KeepTheirValuesWhenMoved) {
  const TempFolder folder;
  Computer computer;
  FeatureRows mapped = cached_features(folder / "a", kKey, computer.function(), {});
  const FeatureRows moved = std::move(mapped);
  expect_right(moved);
  FeatureRows held(std::vector<float>{1, 2, 3, 4, 5, 6}, 3);
  const FeatureRows held_moved = std::move(held);
  EXPECT_EQ(held_moved.rows().count, 2);
  EXPECT_EQ(held_moved.rows().row(1)[2], 6);
}

}  // namespace
}  // namespace packrat
