#pragma once
#include <cstdint>
#include <functional>
#include <memory>

namespace packrat {

/// Threads that stay, for pieces of work too short to start threads for: parallel_for() takes some 50 us to
/// start one, run() a few us while they are awake. They sleep when nothing comes for a while.
class Crew {
 public:
  /// `threads` work, the caller's among them; `on_thread_start` runs first in each of the others. Where the
  /// system gives no more threads, those there are do all of it.
  explicit Crew(int threads, const std::function<void()>& on_thread_start = {});
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Runs body(0) .. body(count - 1), each index once, and returns when all are done. Work is cut by index,
  /// never by the number of threads. The first exception thrown by a body stops further indices and is thrown
  /// here. One call at a time.
  void run(std::int64_t count, const std::function<void(std::int64_t)>& body);

 private:
  struct Job;
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace packrat
