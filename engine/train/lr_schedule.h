#pragma once
#include <cstdint>

namespace packrat {

/// GDumb's learning rate (Prabhu, Torr, Dokania, ECCV 2020), one value a pass: pass 0 at max_lr/10 (warm-up),
/// pass 1 at max_lr, then cosine annealing with warm restarts (SGDR, Loshchilov and Hutter 2017, T_0 = 1,
/// T_mult = 2) whose scheduler takes its first step before pass 2: cycles of 2, 4, 8, ... passes begin at
/// passes 2, 4, 8, ...
struct LrSchedule {
  double max_lr = 0.05;
  double min_lr = 0.0005;

  /// Learning rate of a pass, counted from 0.
  double at(std::int64_t pass) const;
  /// True for the last pass of a cosine cycle: 3, 7, 15, 31, 63, 127, ...
  static bool ends_cycle(std::int64_t pass);
};

}  // namespace packrat
