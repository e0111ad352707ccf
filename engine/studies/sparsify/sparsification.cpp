#include "engine/studies/sparsify/sparsification.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/file_lock.h"
#include "engine/core/files.h"
#include "engine/core/folders.h"
#include "engine/core/interrupt.h"
#include "engine/core/partial.h"
#include "engine/core/timer.h"
#include "engine/studies/sparsify/head_plan.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr double kCheckpointSeconds = 30;

std::string data_text(const PixelData& data) {
  return fmt::format("{} {}, {} training images", data.dataset, data.id, data.train.count());
}

/// One run: its stages in order, each trained or found.
class Sparsification {
 public:
  Sparsification(const SparsifyRecipe& recipe, const PixelData& data, const SparsificationOptions& options)
      : recipe_(recipe), data_(data), options_(options) {
    check_recipe(recipe);
    check_stages(options);
    const bool stops = std::any_of(options.stages.begin(), options.stages.end(), [&](SparsifyStage stage) {
      return recipe.early_stop[static_cast<std::size_t>(stage)];
    });
    if (stops && data.validation.count() == 0)
      throw UserError(
          "--early_stop needs validation images, but --train_images takes all there are: choose fewer");
    fresh_network();  // what the network does not accept is told before any work
  }

  std::vector<StageResult> run() {
    std::vector<StageResult> results;
    for (const SparsifyStage stage : kSparsifyStages) {
      if (stage > *options_.stages.rbegin()) break;
      if (stop_requested()) throw Interrupted(fmt::format("stopped before stage {}", stage_name(stage)));
      const StageState before = results.empty() ? StageState() : results.back().state;
      results.push_back(result_of(stage, before));
      const StageResult& result = results.back();
      const std::string json = snapshot_json(recipe_, data_, result);
      write_file_atomically(options_.out / fmt::format("{}.json", stage_name(stage)),
                            [&](std::ostream& out) { out << json; });
      if (options_.on_stage) options_.on_stage(result);
      if (result.state.end == StageEnd::kDiverged)
        throw UserError(fmt::format("stage {} diverged in epoch {}: choose a smaller --lr or --C",
                                    stage_name(stage), result.state.epochs() + 1));
    }
    return results;
  }

 private:
  NumberField field() const { return recipe_.complex ? NumberField::kComplex : NumberField::kReal; }

  SparseNetwork fresh_network() const {
    const NetworkPlan plan =
        options_.head ? head_plan(options_.head->spec) : find_network_plan(recipe_.model);
    SparseNetwork network(plan, data_.image_shape(), data_.classes, field(),
                          Rng(recipe_.seed).fork("weights"));
    if (options_.head) network.load(options_.head->weights);
    return network;
  }

  std::string recipe_of(SparsifyStage stage) const { return recipe_text(recipe_, stage, data_text(data_)); }

  fs::path path_of(SparsifyStage stage) const {
    if (stage != SparsifyStage::kDense)
      return options_.out / fmt::format("{}.safetensors", stage_name(stage));
    const std::string text = recipe_of(stage);
    const std::uint64_t key = checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    return options_.dense_cache / fmt::format("dense-{}-{:016x}.safetensors", recipe_.model, key);
  }

  fs::path checkpoint_of(SparsifyStage stage) const {
    return options_.out / fmt::format("{}.checkpoint.safetensors", stage_name(stage));
  }

  StageResult result_of(SparsifyStage stage, const StageState& before) {
    StageResult result;
    std::optional<StageState> found = finished(stage);
    std::optional<FileLock> alone;  // two runs that share a dense network do not both train it
    if (!found && stage == SparsifyStage::kDense) {
      const fs::path path = path_of(stage);
      make_folder(path.parent_path(), "choose another --dense_cache");
      alone.emplace(path.parent_path() / ("." + path.stem().string() + ".lock"));
      found = finished(stage);
    }
    if (found) {
      result.state = std::move(*found);
    } else {
      result.state = train(stage, before);
      result.trained = true;
    }
    std::error_code ignored;  // of a dense network that another run has trained meanwhile, too
    if (result.state.end != StageEnd::kDiverged) fs::remove(checkpoint_of(stage), ignored);
    evaluate(result);
    if (stage == SparsifyStage::kFineTune && result.state.end != StageEnd::kDiverged) pack(result);
    return result;
  }

  /// The end of a stage that need not be trained.
  std::optional<StageState> finished(SparsifyStage stage) const {
    const bool wanted = options_.stages.count(stage) > 0;
    const fs::path path = path_of(stage);
    std::error_code failed;
    if (wanted && stage != SparsifyStage::kDense && !options_.resume && fs::exists(path, failed))
      throw UserError(
          fmt::format("{} is there already: give --resume to take it, or another --out", path.string()));
    std::optional<StageState> found =
        load_stage(path, recipe_of(stage), "give the same options, or another --out");
    if (!found && !wanted)
      throw UserError(
          fmt::format("stage {} has not been trained with these options ({} is missing): add it to --stages",
                      stage_name(stage), path.string()));
    return found;
  }

  /// A network at the beginning of the stage.
  SparseNetwork ready_for(SparsifyStage stage, const StageState& before) const {
    SparseNetwork network = fresh_network();
    if (stage != SparsifyStage::kDense) network.load(before.network);
    if (stage == SparsifyStage::kSparsify) network.begin_relevance();
    if (stage == SparsifyStage::kFineTune) network.begin_masked(network.relevance_masks(recipe_.threshold));
    return network;
  }

  StageState train(SparsifyStage stage, const StageState& before) {
    SparseNetwork network = ready_for(stage, before);
    std::optional<StageState> stopped;
    if (options_.resume)
      stopped = load_stage(checkpoint_of(stage), recipe_of(stage), "give the same options, or another --out");
    if (stopped) network.load(stopped->network);
    StageTrainer trainer(recipe_, stage, network, data_);
    if (stopped)
      trainer.restore(*stopped);
    else if (stage == SparsifyStage::kSparsify)
      trainer.hand_over(before);
    StageState state = run(stage, trainer);
    if (state.end == StageEnd::kDiverged) return state;
    if (stage != SparsifyStage::kDense) {  // only sparsifying continues with the moments of what came before
      state.moments.clear();
      state.steps.clear();
    }
    save_stage(path_of(stage), state, recipe_of(stage));
    return state;
  }

  StageState run(SparsifyStage stage, StageTrainer& trainer) const {
    Timer since_saved;
    const auto keep = [&](bool stopping) {
      if (!stopping && since_saved.seconds() < kCheckpointSeconds) return;
      save_stage(checkpoint_of(stage), trainer.state(), recipe_of(stage));
      since_saved = Timer();
    };
    return trainer.run(options_.on_epoch, keep, options_.progress);
  }

  void evaluate(StageResult& result) const {
    SparseNetwork network = fresh_network();
    network.load(result.state.network);
    result.accuracy = accuracy(network, data_.test);
    std::vector<at::Tensor> masks = network.masks();
    if (!network.log_sigma2().empty()) {
      result.penalty = network.penalty_sum(recipe_.penalty());
      masks = network.relevance_masks(recipe_.threshold);
      network.begin_masked(masks);
      result.masked_accuracy = accuracy(network, data_.test);
    }
    result.count = network.count(masks);
  }

  void pack(StageResult& result) const {
    SparseNetwork network = fresh_network();
    network.load(result.state.network);
    PackedInfo info{recipe_.model, data_.dataset, data_.image_shape(), data_.classes, field(), std::nullopt};
    if (options_.head) info.head = options_.head->info;
    const PackedSize size = options_.export_file.empty()
                                ? packed_size(info, network)
                                : save_packed_network(options_.export_file, info, network);
    result.packed = {options_.export_file, size,
                     result.count.parameters() * static_cast<std::int64_t>(sizeof(float))};
  }

  const SparsifyRecipe& recipe_;
  const PixelData& data_;
  const SparsificationOptions& options_;
};

}  // namespace

void check_stages(const SparsificationOptions& options) {
  if (options.stages.empty()) throw UserError("--stages names no stage: choose dense, sparsify, fine-tune");
  if (!options.export_file.empty() && options.stages.count(SparsifyStage::kFineTune) == 0)
    throw UserError("--export packs the fine-tuned network: add fine-tune to --stages");
}

std::vector<StageResult> sparsify(const SparsifyRecipe& recipe, const PixelData& data,
                                  const SparsificationOptions& options) {
  use_one_thread();
  make_folder(options.out, "choose another --out");
  const FileLock alone(options.out / "run.lock", refuse_while_held(options.out.string()));
  remove_leftovers_in(options.out);
  check_outputs({{"--out", options.out / "dense.json"}, {"--export", options.export_file}});
  return Sparsification(recipe, data, options).run();
}

}  // namespace packrat
