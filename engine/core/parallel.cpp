#include "engine/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace packrat {

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& body,
                  const std::function<void()>& on_thread_start) {
  std::atomic<std::int64_t> next{0};
  std::mutex guard;
  std::exception_ptr first_error;
  const auto work = [&] {
    try {
      if (on_thread_start) on_thread_start();
      for (std::int64_t i = next++; i < count; i = next++) body(i);
    } catch (...) {
      next = count;
      const std::lock_guard<std::mutex> lock(guard);
      if (!first_error) first_error = std::current_exception();
    }
  };
  const std::int64_t workers = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(count, 1));
  std::vector<std::thread> pool;
  try {
    for (std::int64_t t = 1; t < workers; ++t) pool.emplace_back(work);
  } catch (const std::system_error&) {  // a limit of processes (ulimit -u): those there are do all of it
  }
  work();
  for (std::thread& thread : pool) thread.join();
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace packrat
