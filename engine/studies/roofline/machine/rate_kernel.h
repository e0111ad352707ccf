#pragma once
#include <cstdint>
#include <vector>

#include "engine/studies/roofline/precision.h"

namespace packrat::machine {

/// A loop of independent multiply-adds on few values, so that only the arithmetic counts.
struct RateKernel {
  Precision precision;       ///< of what is multiplied; BF16 is summed in float32, INT8 in 32-bit integers
  const char* instructions;  ///< "AVX-512 FMA", "AMX"
  bool (*is_supported)();    ///< by this CPU and its operating system
  std::int64_t macs_per_round;
  /// Runs so many rounds, at most kMaxRounds, on the calling thread. Returns how many multiply-adds its sums
  /// say were done: macs_per_round * rounds when the arithmetic is right.
  double (*run)(std::int64_t rounds);
};

/// No sum grows by more than 2^5 a round, so that float32 sums stay exact.
constexpr std::int64_t kMaxRounds = std::int64_t{1} << 18;

/// All kernels of this build, for each precision the fastest instructions first, a portable loop last.
const std::vector<RateKernel>& rate_kernels();

/// The first kernel of each precision (FP32, BF16, INT8) that this CPU supports.
std::vector<RateKernel> best_rate_kernels();

}  // namespace packrat::machine
