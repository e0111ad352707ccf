#include "engine/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace packrat {
namespace {

TEST(ParallelFor, RunsEveryIndexOnceForAnyNumberOfThreads) {
  for (int threads = 1; threads <= 8; ++threads)
    for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      parallel_for(count, threads, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
      for (std::int64_t i = 0; i < count; ++i)
        ASSERT_EQ(runs[static_cast<std::size_t>(i)], 1)
            << threads << " threads, index " << i << " of " << count;
    }
}

TEST(ParallelFor, ReallyUsesSeveralThreadsAndNeverMoreThanAsked) {
  for (const int threads : {1, 2, 4}) {
    std::mutex guard;
    std::set<std::thread::id> seen;
    std::atomic<int> waiting{0};
    parallel_for(threads, threads, [&](std::int64_t) {
      {
        const std::lock_guard<std::mutex> lock(guard);
        seen.insert(std::this_thread::get_id());
      }
      ++waiting;  // each index holds its thread until all have arrived
      while (waiting < threads) std::this_thread::yield();
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(threads));
  }
}

TEST(ParallelFor, NoThreadsOrANegativeNumberMeansOne) {
  for (const int threads : {0, -3}) {
    int runs = 0;
    parallel_for(5, threads, [&](std::int64_t) { ++runs; });
    EXPECT_EQ(runs, 5);
  }
}

TEST(ParallelFor, StartsEachThreadWithTheHookBeforeItsFirstIndex) {
  for (const int threads : {1, 2, 5}) {
    std::mutex guard;
    std::set<std::thread::id> started, worked_without;
    parallel_for(
        50, threads,
        [&](std::int64_t) {
          const std::lock_guard<std::mutex> lock(guard);
          if (started.count(std::this_thread::get_id()) == 0)
            worked_without.insert(std::this_thread::get_id());
        },
        [&] {
          const std::lock_guard<std::mutex> lock(guard);
          EXPECT_TRUE(started.insert(std::this_thread::get_id()).second) << "twice in one thread";
        });
    EXPECT_EQ(started.size(), static_cast<std::size_t>(threads));
    EXPECT_TRUE(worked_without.empty());
  }
}

TEST(ParallelFor, ThrowsWhatABodyThrewAndStopsHandingOutIndices) {
  for (const int threads : {1, 2, 8}) {
    std::atomic<int> runs{0};
    try {
      parallel_for(1000000, threads, [&](std::int64_t i) {
        ++runs;
        if (i == 3) throw std::runtime_error("index 3");
      });
      ADD_FAILURE() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "index 3");
    }
    EXPECT_LT(runs, 1000000) << threads << " threads";
  }
}

TEST(ParallelFor, OfSeveralExceptionsOneComesThrough) {
  try {
    parallel_for(8, 8, [](std::int64_t i) { throw std::runtime_error(std::to_string(i)); });
    ADD_FAILURE() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).size(), 1U);
  }
}

TEST(ParallelFor, ThrowsWhatTheHookThrew) {
  int runs = 0;
  EXPECT_THROW(parallel_for(
                   5, 1, [&](std::int64_t) { ++runs; }, [] { throw std::logic_error("hook"); }),
               std::logic_error);
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace packrat
