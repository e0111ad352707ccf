#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace packrat {

/// What one trial of a candidate gave.
struct TrialResult {
  double accuracy = 0;     ///< a fraction of the held-out images
  std::int64_t bytes = 0;  ///< measured, at the end
  double seconds = 0;
};

/// A candidate tried at a level, 0 being its shortest training.
struct Trial {
  std::size_t candidate = 0, level = 0;
  TrialResult result;
};

/// Does a trial, or takes it from where it was done before. Must depend on the candidate and the level alone.
using TryFn = std::function<TrialResult(std::size_t candidate, std::size_t level)>;

/// Successive halving (Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter
/// Optimization, AISTATS 2016) with candidates that have levels of their own: candidate c has levels[c] >= 1
/// of them. All are tried at level 0, those with one level first; of those that have a level more, the better
/// third, rounded up, continues at it, the earlier one of equal ones first. A candidate is compared with
/// others of the same level alone, but for one rule: what is more than `out_of_reach` behind the best
/// that is whole is given up. `time_left` is asked before each trial; once it is false, no more are
/// begun.
std::vector<Trial> successive_halving(const std::vector<std::size_t>& levels, double out_of_reach,
                                      const TryFn& try_candidate, const std::function<bool()>& time_left);

}  // namespace packrat
