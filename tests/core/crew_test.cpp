#include "engine/core/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace packrat {
namespace {

TEST(Crew, RunsEveryIndexOnceForAnyNumberOfThreads) {
  for (const int threads : {-1, 0, 1, 2, 5}) {
    Crew crew(threads);
    for (const std::int64_t count : {0, 1, 2, 3, 64}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
      crew.run(count, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
      for (const auto& of_one : calls) EXPECT_EQ(of_one, 1) << threads << " threads, " << count << " indices";
    }
  }
}

TEST(Crew, DoesOneShortRunAfterAnotherAndWakesUpAfterABreak) {
  Crew crew(3);
  std::vector<std::int64_t> sums(4);
  for (int round = 0; round < 3; ++round) {
    for (int run = 0; run < 2000; ++run)
      crew.run(4, [&](std::int64_t i) { sums[static_cast<std::size_t>(i)] += i; });
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // they sleep by then
  }
  EXPECT_EQ(sums, (std::vector<std::int64_t>{0, 6000, 12000, 18000}));
}

TEST(Crew, ThrowsTheFirstExceptionOfABodyAndWorksOn) {
  Crew crew(2);
  for (int round = 0; round < 50; ++round) {
    EXPECT_THROW(crew.run(8,
                          [](std::int64_t i) {
                            if (i == 3) throw std::runtime_error("three");
                          }),
                 std::runtime_error);
    std::atomic<int> calls{0};
    crew.run(8, [&](std::int64_t) { ++calls; });
    EXPECT_EQ(calls, 8);
  }
}

TEST(Crew, EveryNewThreadBeginsAsAsked) {
  std::atomic<int> begun{0};
  {
    Crew crew(4, [&] { ++begun; });
    crew.run(4, [](std::int64_t) {});
  }
  EXPECT_EQ(begun, 3);
}

}  // namespace
}  // namespace packrat
