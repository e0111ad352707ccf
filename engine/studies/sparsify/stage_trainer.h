#pragma once
#include <filesystem>
#include <functional>
#include <optional>

#include "engine/studies/sparsify/flat_adam.h"
#include "engine/studies/sparsify/pixel_data.h"
#include "engine/studies/sparsify/sparse_network.h"
#include "engine/studies/sparsify/stage_file.h"

namespace packrat {

/// Fraction of the images whose highest logit is that of their label; 0 for no images.
double accuracy(const SparseNetwork& network, const PixelSet& images);

/// One epoch as it is told while training.
struct SparsifyEpoch {
  SparsifyStage stage;
  std::int64_t epoch = 0, epochs = 0;  ///< from 1; at most
  double lr = 0, loss = 0, seconds = 0;
  std::optional<double> validation;  ///< the score before the epoch, when early stopping asked for it
};

/// Trains a network through one stage, for which it has been made ready: Adam on cross-entropy, plus, in the
/// sparsify stage, C * kl_scale * the summed penalty.
class StageTrainer {
 public:
  StageTrainer(const SparsifyRecipe& recipe, SparsifyStage stage, SparseNetwork& network,
               const PixelData& data);

  /// Adam's state of the weights continues from the stage before (published: sparsify continues, fine-tuning
  /// starts again).
  void hand_over(const StageState& before);
  /// Goes on from a checkpoint of this stage, whose network has been loaded.
  void restore(const StageState& state);

  /// Trains to the stage's end. A loss or gradient that is not finite ends it with the weights of the epoch's
  /// start. after_epoch gets whether this is the last chance to save state(): when stop_requested(),
  /// Interrupted is thrown behind it.
  StageState run(const std::function<void(const SparsifyEpoch&)>& on_epoch,
                 const std::function<void(bool stopping)>& after_epoch, const ProgressFn& progress);

  StageState state() const;

 private:
  bool train_and_note(std::optional<double> validation,
                      const std::function<void(const SparsifyEpoch&)>& on_epoch, const ProgressFn& progress);
  double train_epoch(std::int64_t epoch, const ProgressFn& progress);
  double train_batch(const PixelSet& batch, Rng& noise, double lr);
  bool may_train(std::int64_t epoch);
  std::int64_t most_epochs() const;
  double lr(std::int64_t epoch) const;
  void load_moments(const StageState& state, std::size_t groups);

  const SparsifyRecipe& recipe_;
  SparsifyStage stage_;
  SparseNetwork& network_;
  const PixelData& data_;
  FlatAdam adam_;
  EarlyStopper stopper_;
  StageState state_;
};

}  // namespace packrat
