#pragma once
#include <cstdint>

namespace packrat {

/// The one-cycle learning rate (Smith and Topin, Super-Convergence, 2018) of step `step` of `steps`, counted
/// from 0: 15 % of the steps linearly from lr/25 to lr, then half a cosine to 0.
double one_cycle_lr(double lr, std::int64_t step, std::int64_t steps);

}  // namespace packrat
