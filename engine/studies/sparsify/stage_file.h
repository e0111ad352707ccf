#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/studies/sparsify/early_stopper.h"
#include "engine/studies/sparsify/recipe.h"
#include "models/state_dict.h"

namespace packrat {

/// Why a stage's training is over.
enum class StageEnd { kNotYet, kAllEpochs, kEarly, kDiverged };

/// "all epochs", "early", "diverged".
std::string stage_end_text(StageEnd end);

/// How far a stage has come: enough to continue as if it had never been stopped.
struct StageState {
  SparsifyStage stage = SparsifyStage::kDense;
  StageEnd end = StageEnd::kNotYet;
  std::vector<double> losses;  ///< mean over the batches of each epoch done, without the penalty
  double seconds = 0;          ///< of training
  EarlyStopper::State early;
  StateDict network;                ///< SparseNetwork::state()
  std::vector<at::Tensor> moments;  ///< Adam's first and second of each group
  std::vector<std::int64_t> steps;  ///< Adam's, by group

  std::int64_t epochs() const { return static_cast<std::int64_t>(losses.size()); }
};

/// All or nothing. recipe: recipe_text() of the stage.
void save_stage(const std::filesystem::path& path, const StageState& state, const std::string& recipe);

/// Nothing when there is no such file. UserError when it is damaged, or, naming the first difference, when it
/// was made with another recipe; `remedy` ends the message.
std::optional<StageState> load_stage(const std::filesystem::path& path, const std::string& recipe,
                                     const std::string& remedy);

}  // namespace packrat
