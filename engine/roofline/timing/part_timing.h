#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/roofline/machine/machine_profile.h"
#include "engine/roofline/prediction.h"

namespace packrat {

/// One way to run a part of ours.
struct TimingCase {
  std::string network;  ///< in engine/topology: "resnet34-encoder-3", "resnet34-head-3"
  Precision precision = Precision::kFp32;  ///< float32, or bfloat16 for encoders
  std::int64_t batch = 1;
  int threads = 1;  ///< each works on batches of its own
};

/// How fast it ran on this machine, and what the machine's roof allows.
struct TimedPart {
  TimingCase how;
  double inputs_per_second = 0;         ///< of the best repetition
  double median_inputs_per_second = 0;  ///< of the middle one
  double cpu_share = 1;                 ///< of the cores' time in the best repetition
  Prediction roof;                      ///< of the same batch and threads
  double fraction = 0;                  ///< inputs_per_second / roof.inputs_per_second
};

struct TimingOptions {
  std::filesystem::path weights;  ///< of the ResNet-34; empty: those that ship
  std::vector<std::string> cuts{"1", "2", "3", "4"};
  double seconds = 0.4;  ///< of each case, and at least three repetitions
};

/// Encoders in float32 and bfloat16, then heads in float32, behind each cut: batch 1 and 256 on one thread, and 256 on
/// all threads of the machine's profile. The roof counts products and weights that meet more than padding, weights once
/// a batch, and every map once. It is that of memory: a part whose weights stay in a cache can be faster. Throws
/// Interrupted between cases when stop_requested(); UserError for a cut that does not exist.
std::vector<TimedPart> time_parts(const TimingOptions& options, const MachineProfile& machine,
                                  const ProgressFn& progress = {});

}  // namespace packrat
