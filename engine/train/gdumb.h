#pragma once
#include <memory>
#include <optional>

#include "engine/buffer/replay_buffer.h"
#include "engine/methods/method.h"
#include "engine/train/learner.h"

namespace packrat {

/// Keeps entries, and before it is scored trains a fresh head on nothing but them (GDumb; Prabhu, Torr,
/// Dokania, ECCV 2020).
class Gdumb : public Method {
 public:
  /// Image i of the stream draws from rng.fork("offer", i), the head of task t from rng.fork("learner", t).
  Gdumb(ReplayBuffer buffer, const LearnerOptions& options, std::int64_t passes, const Rng& rng);

  std::string spec() const override;
  void observe(ConstRows rows, const std::vector<int>& labels) override;
  void end_of_task() override {}
  /// Interrupted between two steps when stop_requested(): learner() then says where.
  void fit(std::int64_t task, const AfterPass& after_pass) override;
  /// Lets the next fit() begin where another one was stopped.
  void resume_fit(StateDict learner, LearnerPosition position);
  void scores(ConstRows rows, float* out) const override;
  bool gives_probabilities() const override { return true; }

  std::vector<StateItem> kept() const override;
  std::int64_t working_bytes() const override { return 0; }
  std::int64_t head_bytes() const override;
  std::vector<std::uint8_t> state() const override;
  void restore(ByteView state) override;

  const ReplayBuffer& buffer() const { return buffer_; }
  /// Of the last fit().
  const Learner& learner() const { return *learner_; }
  Learner& learner() { return *learner_; }

 private:
  struct Stopped {
    StateDict learner;
    LearnerPosition position;
  };
  ReplayBuffer buffer_;
  LearnerOptions options_;
  std::int64_t passes_;
  Rng rng_;
  std::int64_t observed_ = 0;
  std::unique_ptr<Learner> learner_;
  std::optional<Stopped> stopped_;
};

}  // namespace packrat
