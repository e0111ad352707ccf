#include "models/one_cycle.h"

#include <cmath>

namespace packrat {
namespace {

constexpr double kWarmUp = 0.15, kFirstLr = 1.0 / 25;

}  // namespace

double one_cycle_lr(double lr, std::int64_t step, std::int64_t steps) {
  const double part = static_cast<double>(step) / static_cast<double>(steps);
  if (part < kWarmUp) return lr * (kFirstLr + (1 - kFirstLr) * part / kWarmUp);
  return lr * 0.5 * (1 + std::cos(M_PI * (part - kWarmUp) / (1 - kWarmUp)));
}

}  // namespace packrat
