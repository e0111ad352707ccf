#include "engine/studies/roofline/machine/together.h"

#include <fmt/format.h>
#include <time.h>

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/timer.h"

namespace packrat::machine {
namespace {

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

Elapsed run_together(int threads, const std::function<void(int)>& body) {
  std::atomic<int> waiting{threads - 1};
  std::atomic<bool> go{false}, given_up{false};
  std::vector<std::thread> pool;
  try {
    for (int t = 1; t < threads; ++t)
      pool.emplace_back([&, t] {
        --waiting;
        while (!go) std::this_thread::yield();
        if (!given_up) body(t);
      });
  } catch (const std::system_error& error) {
    given_up = go = true;
    for (std::thread& thread : pool) thread.join();
    throw UserError(fmt::format("cannot start {} threads: {}; give fewer --threads, or raise ulimit -u",
                                threads, error.code().message()));
  }
  while (waiting > 0) std::this_thread::yield();
  const double cpu_start = cpu_seconds();
  const Timer timer;
  go = true;
  body(0);
  for (std::thread& thread : pool) thread.join();
  const double seconds = timer.seconds();
  return {seconds, (cpu_seconds() - cpu_start) / (seconds * threads)};
}

}  // namespace packrat::machine
