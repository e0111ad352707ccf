#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace packrat {

struct EarlyStopOptions {
  std::int64_t patience = 20;  ///< scores without a new best that are borne
  std::int64_t cooldown = 0;   ///< epochs after a scored one that are not scored
  double rtol = 0;             ///< of the best score
  double atol = 0.02;          ///< a score below best - max(rtol |best|, atol) stops at once
};

/// Ends a training whose score gets no better: at the next epoch when a score falls clearly below the best,
/// or after `patience` scores that are no new best. Higher is better. The last model is kept, not the best.
///
/// Asked before each epoch: while (stopper.may_train(epoch, score)) train(epoch).
class EarlyStopper {
 public:
  /// All there is to save; write it back with restore().
  struct State {
    double best = -std::numeric_limits<double>::infinity();
    std::int64_t wait = 0;         ///< scores since the best
    bool breached = false;         ///< the last score was clearly below the best
    std::int64_t next_epoch = -1;  ///< epochs up to this one are not scored
    std::vector<double> history;   ///< every score so far
  };

  explicit EarlyStopper(EarlyStopOptions options) : options_(options) {}

  /// False when training is to end before `epoch`; else scores the model when the cooldown is over. epoch:
  /// counted from 0, rising.
  bool may_train(std::int64_t epoch, const std::function<double()>& score);

  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }

 private:
  void add(double value);

  EarlyStopOptions options_;
  State state_;
};

}  // namespace packrat
