#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/buffer/replay_buffer.h"
#include "engine/core/crew.h"
#include "engine/core/rng.h"
#include "engine/methods/scoring.h"
#include "engine/train/flat_sgd.h"
#include "engine/train/lr_schedule.h"
#include "models/head.h"
#include "models/state_dict.h"

namespace packrat {

struct CutMixOptions {
  double probability = 0.5;  ///< of a batch being mixed
  double alpha = 1;
};

struct LearnerOptions {
  HeadSpec head;
  std::int64_t batch_size = 16;
  LrSchedule lr;
  SgdOptions sgd;
  std::optional<CutMixOptions> cutmix;
  std::string device = "cpu";
  int threads = 1;      ///< that train, on the CPU: two are of use. Results do not depend on it
  double held_out = 0;  ///< share of the entries that are not trained on
  ScoreFn prior;        ///< scores to add to the logits of a head with a prior; empty without
};

/// Entries by their slots, in ascending order.
struct EntrySplit {
  std::vector<std::int64_t> trained, held_out;
};

/// Where training stands: `step` batches of pass `pass` are done.
struct LearnerPosition {
  std::int64_t pass = 0, step = 0;
};

/// Trains a fresh head on nothing but the replay buffer (GDumb; spec section 7). Every random number comes
/// from streams named by pass and step, so a learner that is restored at any step continues exactly as one
/// that was never stopped. Sums have one order for any number of threads.
class Learner {
 public:
  Learner(const LearnerOptions& options, const Rng& rng);

  /// Trains to the end of the current pass over the buffer, in an order drawn for this pass. A last batch of
  /// one entry joins the batch before it (batch norm needs two). Throws Interrupted between two steps when
  /// stop_requested(); the position then says where. Throws UserError when the buffer holds fewer than two
  /// entries, or the loss is not finite.
  void finish_pass(const ReplayBuffer& buffer);

  /// Which of so many entries are trained on: all but a share drawn for this training.
  EntrySplit split(std::int64_t entries) const;

  Head& head() { return head_; }
  const Head& head() const { return head_; }
  const LearnerPosition& position() const { return position_; }
  double seconds_decoding() const { return seconds_decoding_; }  ///< of all finish_pass() calls so far
  double mean_loss() const { return mean_loss_; }                ///< of the last finished pass

  /// Everything a restored learner needs besides its options: weights, running statistics, momentum.
  StateDict state() const;
  void restore(const StateDict& state, LearnerPosition position);

 private:
  at::Tensor logits(const at::Tensor& maps);
  double train_step(const ReplayBuffer& buffer, const std::vector<std::int64_t>& slots, double lr, Rng rng);

  LearnerOptions options_;
  Rng rng_;
  std::unique_ptr<Crew> crew_;  // null for one thread, and on other devices
  Head head_;
  std::unique_ptr<FlatSgd> sgd_;
  LearnerPosition position_;
  double seconds_decoding_ = 0, loss_sum_ = 0, mean_loss_ = 0;
};

}  // namespace packrat
