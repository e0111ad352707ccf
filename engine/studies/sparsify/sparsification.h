#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/studies/sparsify/compression.h"
#include "engine/studies/sparsify/packed_network.h"
#include "engine/studies/sparsify/pixel_data.h"
#include "engine/studies/sparsify/recipe.h"
#include "engine/studies/sparsify/stage_trainer.h"
#include "engine/studies/sparsify/trained_head.h"

namespace packrat {

/// The fine-tuned network as a packed file.
struct PackedExport {
  std::filesystem::path file;  ///< empty when it was only counted
  PackedSize size;
  std::int64_t dense_bytes = 0;  ///< float32 of every parameter

  double compression() const { return static_cast<double>(dense_bytes) / static_cast<double>(size.file); }
};

/// A stage as it ended.
struct StageResult {
  StageState state;
  bool trained = false;  ///< now; else it was found on disk
  double accuracy =
      0;  ///< on the test images, with the means of all weights; after fine-tuning the masked ones
  std::optional<double>
      masked_accuracy;            ///< of the sparsify stage: with the weights dropped, before fine-tuning
  std::optional<double> penalty;  ///< of the sparsify stage: summed over the weights, in nats
  SparsityCount count;            ///< what the mask at the threshold drops; of the dense stage nothing
  std::optional<PackedExport> packed;  ///< of the fine-tune stage
};

struct SparsificationOptions {
  std::filesystem::path out;          ///< folder of this run
  std::filesystem::path dense_cache;  ///< folder of dense networks, shared between runs
  std::set<SparsifyStage> stages{kSparsifyStages.begin(), kSparsifyStages.end()};  ///< to train
  std::filesystem::path export_file;  ///< where the fine-tuned network is packed to; empty: nowhere
  std::optional<TrainedHead> head;    ///< the network of recipe.model "head": the dense stage begins with it
  bool resume = false;                ///< take stages that are done, and continue with one that was stopped
  std::function<void(const SparsifyEpoch&)> on_epoch;
  std::function<void(const StageResult&)> on_stage;
  ProgressFn progress;
};

/// What can be told before the images are there. UserError when no stage is named, and for an export without
/// fine-tuning; sparsify() checks it, too.
void check_stages(const SparsificationOptions& options);

/// Dense training, sparsification and fine-tuning, as far as `stages` says. For each stage reached, `out`
/// gets STAGE.json, what came of it, and STAGE.safetensors, the network (the dense one lies in `dense_cache`,
/// under a name made from all that decides it, and is trained once). A checkpoint is written at least every
/// half minute of epochs and when stopped. Everything runs on one thread: the same recipe and images give the
/// same bytes, stopped and resumed or not, on one type of processor.
///
/// UserError for values out of range, what check_stages() refuses, a stage that is needed but neither there
/// nor among `stages`, one that is there already without `resume`, files made with other options, early
/// stopping without validation images, and a training that diverged; Interrupted when stop_requested().
std::vector<StageResult> sparsify(const SparsifyRecipe& recipe, const PixelData& data,
                                  const SparsificationOptions& options);

/// The snapshot of a stage: options, performance, sparsity by layer, losses and early history.
std::string snapshot_json(const SparsifyRecipe& recipe, const PixelData& data, const StageResult& result);

}  // namespace packrat
