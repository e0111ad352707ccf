#pragma once
#include <memory>

#include "engine/methods/hybrid_spec.h"
#include "engine/train/gdumb.h"
#include "engine/train/score_mixture.h"

namespace packrat {

/// A closed form and a replay buffer in one budget. The closed form observes every row; the head is trained
/// on the entries alone. Both scores are mixed (score_mixture.h): with combine=average by shares that a tenth
/// of the entries, held out of the head's training, decides, or by the weight that is given; with
/// combine=prior the closed form's scores of an entry are added to the head's logits while it is trained,
/// times a scale that is learned, and the head's last layer starts at zero.
class Hybrid : public Method {
 public:
  /// `closed` keeps no entries; `replay` was made with head_options(). With `round_trip` the head is shown of
  /// each row what the codec gives back, as in training; the closed form sees rows as they are.
  Hybrid(HybridSpec spec, std::unique_ptr<Method> closed, std::unique_ptr<Gdumb> replay, bool round_trip);

  /// What the combination asks of the head's training. `closed` must outlive it.
  static LearnerOptions head_options(const HybridSpec& spec, const Method& closed, LearnerOptions options);

  std::string spec() const override { return spec_.text(); }
  void observe(ConstRows rows, const std::vector<int>& labels) override;
  void end_of_task() override;
  void fit(std::int64_t task, const AfterPass& after_pass) override;
  void scores(ConstRows rows, float* out) const override;
  bool gives_probabilities() const override { return true; }

  std::vector<StateItem> kept() const override;
  std::int64_t working_bytes() const override { return closed_->working_bytes(); }
  std::int64_t head_bytes() const override { return closed_->head_bytes() + replay_->head_bytes(); }
  /// The closed form's state, and behind it the buffer's memory.
  std::vector<std::uint8_t> state() const override;
  void restore(ByteView state) override;
  std::string note() const override;

  const Method& closed() const { return *closed_; }
  Gdumb& replay() { return *replay_; }
  const Gdumb& replay() const { return *replay_; }
  /// Of the last fit().
  const ScoreMixture& mixture() const { return mixture_; }
  void show_round_trip(bool on) { round_trip_ = on; }

 private:
  void choose_mixture();

  HybridSpec spec_;
  std::unique_ptr<Method> closed_;
  std::unique_ptr<Gdumb> replay_;
  bool round_trip_;
  ScoreMixture mixture_;
  std::int64_t held_out_ = 0;  // entries that decided the mixture
};

/// `score` on what the codec gives back for a row; both must outlive it.
ScoreFn after_round_trip(ScoreFn score, const Codec& codec);

}  // namespace packrat
