#include "engine/core/crew.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace packrat {
namespace {

/// Looks for new work before a thread goes to sleep, and for the end of the others' before it lets them have
/// the processor: some tens of microseconds.
constexpr int kLooks = 4000;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

/// One run(). Threads that come late find no index left.
struct Crew::Job {
  Job(std::int64_t work, const std::function<void(std::int64_t)>& what) : count(work), body(what) {}

  void help() {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        if (!failed) body(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(guard);
        if (!failed.exchange(true)) error = std::current_exception();
      }
      done.fetch_add(1, std::memory_order_release);
    }
  }

  void wait() const {
    for (int look = 0; done.load(std::memory_order_acquire) < count; ++look)
      if (look < kLooks)
        pause_briefly();
      else
        std::this_thread::yield();
  }

  const std::int64_t count;
  const std::function<void(std::int64_t)>& body;  // of indices below count alone: the caller waits for those
  std::atomic<std::int64_t> next{0}, done{0};
  std::atomic<bool> failed{false};
  std::mutex guard;
  std::exception_ptr error;
};

struct Crew::Shared {
  void stay(const std::function<void()>& on_thread_start) {
    if (on_thread_start) on_thread_start();
    for (std::uint64_t seen = 0;;) {
      for (int look = 0; look < kLooks && jobs.load(std::memory_order_acquire) == seen; ++look)
        pause_briefly();
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(guard);
        ++sleeping;
        wake.wait(lock, [&] { return jobs.load(std::memory_order_relaxed) != seen || stop; });
        --sleeping;
        if (stop) return;
        seen = jobs.load(std::memory_order_relaxed);
        job = current;
      }
      job->help();
    }
  }

  std::mutex guard;
  std::condition_variable wake;
  std::atomic<std::uint64_t> jobs{0};
  std::shared_ptr<Job> current;
  int sleeping = 0;
  bool stop = false;
  std::vector<std::thread> threads;
};

Crew::Crew(int threads, const std::function<void()>& on_thread_start) : shared_(std::make_unique<Shared>()) {
  try {
    for (int t = 1; t < threads; ++t)
      shared_->threads.emplace_back([this, on_thread_start] { shared_->stay(on_thread_start); });
  } catch (const std::system_error&) {  // a limit of processes (ulimit -u)
  }
}

Crew::~Crew() {
  {
    const std::lock_guard<std::mutex> lock(shared_->guard);
    shared_->stop = true;
  }
  shared_->wake.notify_all();
  for (std::thread& thread : shared_->threads) thread.join();
}

void Crew::run(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  const auto job = std::make_shared<Job>(count, body);
  if (!shared_->threads.empty() && count > 1) {
    bool asleep = false;
    {
      const std::lock_guard<std::mutex> lock(shared_->guard);
      shared_->current = job;
      shared_->jobs.fetch_add(1, std::memory_order_release);
      asleep = shared_->sleeping > 0;
    }
    if (asleep) shared_->wake.notify_all();
  }
  job->help();
  job->wait();
  if (job->error) std::rethrow_exception(job->error);
}

}  // namespace packrat
