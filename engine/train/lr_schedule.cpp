#include "engine/train/lr_schedule.h"

#include <cmath>

#include "models/one_cycle.h"

namespace packrat {

double LrSchedule::at(std::int64_t pass, std::int64_t step, std::int64_t steps) const {
  if (one_cycle_passes > 0) return one_cycle_lr(max_lr, pass * steps + step, one_cycle_passes * steps);
  if (pass == 0) return max_lr / 10;
  if (pass == 1) return max_lr;
  std::int64_t cycle = 2;  // both the length of the cycle and the pass at which it begins
  while (2 * cycle <= pass) cycle *= 2;
  const double progress = static_cast<double>(pass - cycle) / static_cast<double>(cycle);
  return min_lr + (max_lr - min_lr) * (1 + std::cos(M_PI * progress)) / 2;
}

bool LrSchedule::ends_cycle(std::int64_t pass) const {
  if (one_cycle_passes > 0) return pass + 1 == one_cycle_passes;
  return pass >= 3 && ((pass + 1) & pass) == 0;
}

}  // namespace packrat
