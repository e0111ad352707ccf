#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <thread>

#include "engine/core/cpu_caches.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/timer.h"
#include "engine/studies/roofline/machine/machine_profile.h"
#include "engine/studies/roofline/machine/memory_kernel.h"
#include "engine/studies/roofline/machine/rate_kernel.h"
#include "engine/studies/roofline/machine/together.h"

namespace packrat {
namespace {

using namespace machine;

std::int64_t largest_cache_bytes() {
  std::int64_t out = 0;
  for (const auto& [level, bytes] : data_cache_bytes()) out = std::max(out, bytes);
  return out;
}

std::int64_t default_buffer_bytes(std::int64_t cache_bytes) {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  const std::int64_t free_bytes = std::int64_t{sysconf(_SC_AVPHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const std::int64_t wanted = std::clamp(2 * cache_bytes, 256 * kMiB, 1024 * kMiB);
  return std::max(16 * kMiB, std::min(wanted, free_bytes / 8));
}

/// amount / seconds of every repetition, in 10^9.
class Repetitions {
 public:
  void add(double amount, const Elapsed& elapsed) {
    rates_.emplace_back(amount / elapsed.seconds / 1e9, std::min(1.0, elapsed.cpu_share));
  }
  RateSpread spread() {
    std::sort(rates_.begin(), rates_.end());
    return {rates_.back().first, rates_[rates_.size() / 2].first, rates_.back().second};
  }

 private:
  std::vector<std::pair<double, double>> rates_;  // and the share of the CPU that each had
};

Elapsed run_checked(const RateKernel& kernel, int threads, std::int64_t calls) {
  std::vector<double> done(static_cast<std::size_t>(threads), 0);
  const Elapsed elapsed = run_together(threads, [&](int t) {
    double sum = 0;
    for (std::int64_t c = 0; c < calls; ++c) sum += kernel.run(kMaxRounds);
    done[static_cast<std::size_t>(t)] = sum;
  });
  const double expected =
      static_cast<double>(calls * kMaxRounds) * static_cast<double>(kernel.macs_per_round);
  for (const double sum : done)
    if (sum != expected)
      throw Error(
          fmt::format("{} of {}: its sums say {} multiply-adds instead of {}: this CPU computes wrongly",
                      precision_name(kernel.precision), kernel.instructions, sum, expected));
  return elapsed;
}

ArithmeticRate measure_rate(const RateKernel& kernel, int threads, const MachineOptions& options) {
  // The first run also wakes the CPU up; it says how many calls a repetition takes.
  std::int64_t calls = 1;
  const Elapsed first = run_checked(kernel, threads, calls);
  calls = std::max<std::int64_t>(1, static_cast<std::int64_t>(options.seconds / first.seconds));
  const double operations = 2.0 * static_cast<double>(calls * kMaxRounds * kernel.macs_per_round) * threads;
  Repetitions repetitions;
  for (int r = 0; r < options.repetitions; ++r)
    repetitions.add(operations, run_checked(kernel, threads, calls));
  return {kernel.precision, kernel.instructions, threads, repetitions.spread()};
}

/// Two buffers, one piece a thread, each piece first written by the thread that will use it.
class MemoryTest {
 public:
  MemoryTest(const MemoryKernels& kernels, std::int64_t bytes, int threads)
      : kernels_(kernels), threads_(threads), words_(bytes / 8 / threads / kWordsAtOnce * kWordsAtOnce) {
    const auto all = static_cast<std::size_t>(words_ * threads) * 8;
    for (Buffer* buffer : {&a_, &b_}) {
      buffer->reset(static_cast<std::uint64_t*>(std::aligned_alloc(4096, (all + 4095) / 4096 * 4096)));
      if (!*buffer)
        throw UserError(fmt::format("no memory for two buffers of {} bytes: ask for smaller ones", all));
    }
    store(a_, kernels_.write, 1);
    store(b_, kernels_.write, 2);
  }

  double bytes() const { return 8.0 * static_cast<double>(words_) * threads_; }

  Elapsed read() {
    std::vector<std::uint64_t> sums(static_cast<std::size_t>(threads_));
    const Elapsed elapsed = run_together(
        threads_, [&](int t) { sums[static_cast<std::size_t>(t)] = kernels_.read(piece(a_, t), words_); });
    for (const std::uint64_t sum : sums) check(sum, static_cast<std::uint64_t>(words_), "read");
    return elapsed;
  }
  Elapsed write() { return checked_store(kernels_.write, 3, "written"); }
  Elapsed stream() { return checked_store(kernels_.stream, 4, "streamed"); }
  Elapsed copy() {
    const Elapsed elapsed =
        run_together(threads_, [&](int t) { kernels_.copy(piece(a_, t), piece(b_, t), words_); });
    check_sum(b_, 1, "copied");
    return elapsed;
  }

 private:
  struct Free {
    void operator()(std::uint64_t* p) const { std::free(p); }
  };
  using Buffer = std::unique_ptr<std::uint64_t, Free>;

  std::uint64_t* piece(const Buffer& buffer, int t) const { return buffer.get() + t * words_; }

  Elapsed store(const Buffer& buffer, void (*kernel)(std::uint64_t*, std::int64_t, std::uint64_t),
                std::uint64_t value) {
    return run_together(threads_, [&](int t) { kernel(piece(buffer, t), words_, value); });
  }
  Elapsed checked_store(void (*kernel)(std::uint64_t*, std::int64_t, std::uint64_t), std::uint64_t value,
                        const char* what) {
    const Elapsed elapsed = store(b_, kernel, value);
    check_sum(b_, value, what);
    return elapsed;
  }
  void check_sum(const Buffer& buffer, std::uint64_t value, const char* what) {
    for (int t = 0; t < threads_; ++t)
      check(kernels_.read(piece(buffer, t), words_), value * static_cast<std::uint64_t>(words_), what);
  }
  static void check(std::uint64_t got, std::uint64_t expected, const char* what) {
    if (got != expected)
      throw Error(fmt::format("memory {} with a sum of {} instead of {}: it is faulty", what, got, expected));
  }

  const MemoryKernels& kernels_;
  int threads_;
  std::int64_t words_;  // of each thread, in each buffer
  Buffer a_, b_;
};

struct Access {
  const char* name;
  Elapsed (MemoryTest::*run)();
  int passes;  // over a buffer
};
constexpr Access kAccesses[] = {{"read", &MemoryTest::read, 1},
                                {"write", &MemoryTest::write, 1},
                                {"copy", &MemoryTest::copy, 2},
                                {"streaming store", &MemoryTest::stream, 1}};

MemoryRate measure_memory(MemoryTest& test, const Access& access, int threads, int count) {
  Repetitions repetitions;
  for (int r = 0; r < count; ++r) repetitions.add(access.passes * test.bytes(), (test.*access.run)());
  return {access.name, threads, repetitions.spread()};
}

/// Counts measurements done, and stops between them when asked to.
class Steps {
 public:
  Steps(const ProgressFn& progress, std::int64_t total) : progress_(progress), total_(total) {}
  void next() {
    if (stop_requested()) throw Interrupted("stopped; nothing was stored");
    if (progress_) progress_("measure", done_, total_);
    ++done_;
  }

 private:
  const ProgressFn& progress_;
  std::int64_t total_, done_ = 0;
};

}  // namespace

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

MachineProfile measure_machine(const MachineOptions& options, const ProgressFn& progress) {
  if (options.repetitions < 1 || options.threads < 0)
    throw UserError("threads must be 0 (all) or more, repetitions 1 or more");
  const Timer timer;
  MachineProfile out;
  out.cpu = cpu_name();
  out.threads = options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  out.cache_bytes = largest_cache_bytes();
  out.buffer_bytes = options.buffer_bytes > 0 ? options.buffer_bytes : default_buffer_bytes(out.cache_bytes);
  const MemoryKernels& memory = best_memory_kernels();
  out.memory_instructions = memory.instructions;
  const std::vector<int> thread_counts =
      out.threads > 1 ? std::vector<int>{1, out.threads} : std::vector<int>{1};
  const std::vector<RateKernel> kernels = best_rate_kernels();
  Steps steps(progress,
              static_cast<std::int64_t>(thread_counts.size() * (kernels.size() + std::size(kAccesses))));
  for (const int threads : thread_counts)
    for (const RateKernel& kernel : kernels) {
      steps.next();
      out.arithmetic.push_back(measure_rate(kernel, threads, options));
    }
  for (const int threads : thread_counts) {
    MemoryTest test(memory, out.buffer_bytes, threads);
    for (const Access& access : kAccesses) {
      steps.next();
      if (access.run == &MemoryTest::stream && !memory.stream) continue;
      out.memory.push_back(measure_memory(test, access, threads, options.repetitions));
    }
  }
  steps.next();
  out.measured_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  out.wall_seconds = timer.seconds();
  return out;
}

}  // namespace packrat
