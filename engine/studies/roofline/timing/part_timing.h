#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/studies/roofline/machine/timed_part.h"

namespace packrat {

struct TimingOptions {
  std::filesystem::path weights;  ///< of the ResNet-34; empty: those that ship
  std::vector<std::string> cuts{"1", "2", "3", "4"};
  /// encoders in bfloat16, too: minutes where the processor has no instructions for it
  bool bfloat16 = true;
  /// of each case, and at least three repetitions; one when a batch takes ten times as long
  double seconds = 0.4;
};

/// Encoders in float32 and bfloat16, then heads in float32, behind each cut: batch 1 and 256 on one thread,
/// and 256 on all threads of the machine's profile. Before a case is timed, the first and the last answer of
/// its batch are compared with those that the same inputs give alone, encoders in float32: Error when they
/// differ. The roof is that of memory: a part whose weights stay in a cache can be faster. Throws Interrupted
/// between cases when stop_requested(); UserError for a cut that does not exist.
std::vector<TimedPart> time_parts(const TimingOptions& options, const MachineProfile& machine,
                                  const ProgressFn& progress = {});

}  // namespace packrat
