#pragma once
#include <cstdint>

namespace packrat {

/// The learning rate of a training. Warm restarts are GDumb's (Prabhu, Torr, Dokania, ECCV 2020), one value a
/// pass: pass 0 at max_lr/10 (warm-up), pass 1 at max_lr, then cosine annealing with warm restarts (SGDR,
/// Loshchilov and Hutter 2017, T_0 = 1, T_mult = 2) whose scheduler takes its first step before pass 2:
/// cycles of 2, 4, 8, ... passes begin at passes 2, 4, 8, ...
struct LrSchedule {
  double max_lr = 0.05;
  double min_lr = 0.0005;             ///< of warm restarts; one cycle ends at 0
  std::int64_t one_cycle_passes = 0;  ///< above 0: one_cycle_lr() over the steps of so many passes instead

  /// Learning rate of step `step` of the `steps` of a pass, both counted from 0.
  double at(std::int64_t pass, std::int64_t step = 0, std::int64_t steps = 1) const;
  /// True for the last pass of a cosine cycle: 3, 7, 15, 31, 63, 127, ..., or of the one cycle.
  bool ends_cycle(std::int64_t pass) const;
};

}  // namespace packrat
