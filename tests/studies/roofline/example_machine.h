#pragma once
#include "engine/studies/roofline/machine/timed_part.h"

namespace packrat {

/// A made-up machine with round figures: 100 GOP/s a thread in float32, four times that in bfloat16, 10 GB/s.
inline MachineProfile example_machine() {
  MachineProfile machine;
  machine.cpu = "made up";
  machine.threads = 2;
  machine.measured_at = "2026-01-01T00:00:00Z";
  for (const int threads : {1, 2}) {
    const double scale = threads;
    machine.arithmetic.push_back({Precision::kFp32, "x", threads, {100 * scale, 90 * scale}});
    machine.arithmetic.push_back({Precision::kBf16, "x", threads, {400 * scale, 390 * scale}});
    machine.memory.push_back({"read", threads, {10 * scale, 9 * scale}});
  }
  return machine;
}

inline TimedPart example_part(const MachineProfile& machine) {
  TimedPart part;
  part.how = {"resnet34-encoder-3", Precision::kFp32, 256, 2};
  part.inputs_per_second = 900;
  part.median_inputs_per_second = 800;
  part.cpu_share = 0.5;
  part.roof = part_roof(part.how, machine);
  return part;
}

}  // namespace packrat
