#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/studies/roofline/machine/machine_profile.h"
#include "engine/studies/roofline/prediction.h"

namespace packrat {

/// One way to run a part of ours.
struct TimingCase {
  std::string network;                     ///< in engine/topology: "resnet34-encoder-3", "resnet34-head-3"
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

  /// Of the roof: above 1, weights or maps stayed in a cache.
  double fraction() const { return inputs_per_second / roof.inputs_per_second; }
  /// 10^9 operations a second that it reached.
  double gops() const { return inputs_per_second * roof.gop; }
};

/// What the machine allows a part: products and weights that meet more than padding, weights read once a
/// batch, every map once. UserError when the network is unknown, or the machine was not measured on so many
/// threads.
Prediction part_roof(const TimingCase& how, const MachineProfile& machine);

/// All-or-nothing JSON, without the roofs, which follow from the machine's profile.
void write_timings(const std::vector<TimedPart>& parts, const MachineProfile& machine,
                   const std::filesystem::path& path);
/// UserError when there is no such file (time with `packrat roofline --measure`), it is damaged, or was made
/// on another CPU than the profile's.
std::vector<TimedPart> read_timings(const std::filesystem::path& path, const MachineProfile& machine);

/// "timings.json" beside the file of the machine's profile.
std::filesystem::path timings_file_beside(const std::filesystem::path& machine_file);

}  // namespace packrat
