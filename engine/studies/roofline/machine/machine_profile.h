#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/studies/roofline/platform.h"

namespace packrat {

/// Best and middle of several repetitions, in 10^9 a second.
struct RateSpread {
  double best = 0, median = 0;
  double cpu_share = 1;  ///< of the cores' time in the best repetition; below 1, other programs had the rest
};

/// How fast one precision is multiplied and added.
struct ArithmeticRate {
  Precision precision = Precision::kFp32;
  std::string instructions;  ///< "AVX-512 FMA"
  int threads = 1;
  RateSpread gops;  ///< 10^9 operations a second, two a multiply-add
};

/// How fast memory far larger than the caches is gone through.
struct MemoryRate {
  std::string access;  ///< "read", "write", "copy" (bytes read and written), "streaming store"
  int threads = 1;
  RateSpread gb_s;  ///< 10^9 bytes a second that the program asks for
};

/// What `packrat machine` measures and stores.
struct MachineProfile {
  std::string cpu;  ///< as the system calls it
  int threads = 1;  ///< those of "all threads"
  std::string memory_instructions;
  std::int64_t buffer_bytes = 0;  ///< each of two buffers, of all threads together
  std::int64_t cache_bytes = 0;   ///< the largest cache, 0 when unknown
  std::string measured_at;        ///< UTC, ISO 8601
  double wall_seconds = 0;
  std::vector<ArithmeticRate> arithmetic;
  std::vector<MemoryRate> memory;
};

/// The processor as the system calls it; "unknown" where it does not.
std::string cpu_name();

struct MachineOptions {
  int threads = 0;                ///< 0: all that the process may use
  double seconds = 0.1;           ///< of one repetition of arithmetic
  int repetitions = 7;            ///< 1 or more
  std::int64_t buffer_bytes = 0;  ///< 0: twice the largest cache, at least 256 MiB, at most 1 GiB and an
                                  ///< eighth of the free memory
};

/// Measures on one thread and on all. Checks every sum and every byte written; Error when one is wrong.
/// Throws Interrupted between measurements when stop_requested().
MachineProfile measure_machine(const MachineOptions& options, const ProgressFn& progress = {});

/// All-or-nothing JSON; see read_machine().
void write_machine(const MachineProfile& profile, const std::filesystem::path& path);
/// UserError when there is none (run `packrat machine`), or it is damaged.
MachineProfile read_machine(const std::filesystem::path& path);

/// $XDG_CACHE_HOME/packrat/machine.json, else ~/.cache/packrat/machine.json. UserError when neither variable
/// is set.
std::filesystem::path default_machine_file();

/// The least cpu_share of all measurements: far below 1, the machine was busy and the figures are too low.
double least_cpu_share(const MachineProfile& profile);

/// The machine as a platform called "this-machine": best arithmetic and best reading with so many threads,
/// one of those that were measured.
Platform machine_platform(const MachineProfile& profile, int threads);

}  // namespace packrat
