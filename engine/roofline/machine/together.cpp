#include "engine/roofline/machine/together.h"

#include <atomic>
#include <thread>
#include <vector>

#include "engine/core/timer.h"

namespace packrat::machine {

double seconds_together(int threads, const std::function<void(int)>& body) {
  std::atomic<int> waiting{threads - 1};
  std::atomic<bool> go{false};
  std::vector<std::thread> pool;
  for (int t = 1; t < threads; ++t)
    pool.emplace_back([&, t] {
      --waiting;
      while (!go) std::this_thread::yield();
      body(t);
    });
  while (waiting > 0) std::this_thread::yield();
  const Timer timer;
  go = true;
  body(0);
  for (std::thread& thread : pool) thread.join();
  return timer.seconds();
}

}  // namespace packrat::machine
