#include "engine/studies/sparsify/early_stopper.h"

#include <algorithm>
#include <cmath>

namespace packrat {

bool EarlyStopper::may_train(std::int64_t epoch, const std::function<double()>& score) {
  if (state_.wait >= options_.patience || state_.breached) return false;
  if (epoch <= state_.next_epoch) return true;
  state_.next_epoch = epoch + options_.cooldown;
  add(score());
  return true;
}

void EarlyStopper::add(double value) {
  const double tolerance =
      state_.history.empty() ? options_.atol : std::max(options_.rtol * std::abs(state_.best), options_.atol);
  const bool better = value >= state_.best;
  state_.breached = !(value >= state_.best - tolerance);  // a score that is no number breaches too
  state_.wait = better ? 0 : state_.wait + 1;
  if (better) state_.best = value;
  state_.history.push_back(value);
}

}  // namespace packrat
