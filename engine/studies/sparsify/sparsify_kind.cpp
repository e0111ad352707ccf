#include "engine/studies/sparsify/sparsify_kind.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/core/error.h"
#include "engine/studies/sparsify/sparsify_presets.h"
#include "engine/studies/sparsify/stored_sparsification.h"

namespace packrat {
namespace {

constexpr double kPixelLoadSeconds = 3;     // start of the program, images, scores at the end of stages
constexpr double kImagesOfAnEpoch = 10000;  // of the unit in which epochs are counted
constexpr double kAllImages = 60000;        // an upper bound for --train_images 0

/// Seconds of an epoch of 10 000 images of 28 x 28, dense and fine-tune, sparsify: of one of two runs side by
/// side on two virtual cores of an AMD EPYC. The slowest serve as upper bounds for networks not listed.
struct EpochSeconds {
  const char* network;
  double plain, sparsify;
};
constexpr EpochSeconds kShipped[] = {
    {"simpleconv", 4.6, 9}, {"twolayerdense", 3.6, 8.2}, {"complex simpleconv", 14, 21}};

std::string network_of(const std::string& model, bool complex) {
  return (complex ? "complex " : "") + model;
}

EpochSeconds shipped_seconds(const std::string& network) {
  for (const EpochSeconds& row : kShipped)
    if (network == row.network) return row;
  return *std::prev(std::end(kShipped));
}

std::string unit_of(SparsifyStage stage, const std::string& network) {
  return fmt::format("epoch of stage {} of {}", stage_name(stage), network);
}

SparsifyConfig sparsify_config_of(const OptionTexts& options) {
  SparsifyConfig config;
  for (const auto& [name, text] : options) set_option(find_sparsify_option(name), text, config);
  return config;
}

std::vector<WorkDone> work_of(const StoredSparsification& run) {
  const std::string network = network_of(run.model, run.complex);
  const double images = static_cast<double>(run.train_images) / kImagesOfAnEpoch;
  std::vector<WorkDone> work;
  const StoredStage* const stages[] = {&run.dense, &run.sparsify, &run.fine_tune};
  for (const SparsifyStage stage : kSparsifyStages) {
    const StoredStage& done = *stages[static_cast<std::size_t>(stage)];
    if (done.epochs > 0)
      work.push_back({unit_of(stage, network), images * static_cast<double>(done.epochs), done.seconds});
  }
  return work;
}

std::string summary_of(const StoredSparsification& run) {
  return fmt::format("compression {:.1f}, {:.2f} % dense, {:.2f} % masked, {:.2f} % fine-tuned",
                     run.compression, 100 * run.dense_acc, 100 * run.before_acc, 100 * run.after_acc);
}

class SparsifyKind : public RunKind {
 public:
  SparsifyKind() {
    for (const SparsifyOption& option : sparsify_options())
      options_.push_back({option.name, "Sparsification", option.help,
                          std::holds_alternative<EarlyStages& (*)(SparsifyConfig&)>(option.field), false});
  }

  std::string command() const override { return "sparsify"; }
  const std::vector<GridOption>& options() const override { return options_; }
  std::string canonical(const std::string& option, const std::string& text) const override {
    SparsifyConfig config;
    set_option(find_sparsify_option(option), text, config);
    return value_text(find_sparsify_option(option), config);
  }
  std::string value(const std::string& option, const OptionTexts& options) const override {
    return value_text(find_sparsify_option(option), sparsify_config_of(options));
  }
  bool applies(const std::string&, const OptionTexts&) const override { return true; }
  std::string why_not(const std::string&) const override { return "another option replaces it"; }
  std::string name_of(const OptionTexts& options) const override {
    return default_run_name(sparsify_config_of(options));
  }

  std::vector<std::string> words(const PlannedRun& run) const override {
    std::vector<std::string> words = command_words(
        sparsify_options(),
        [&](const SparsifyOption& option) {
          const auto given = run.options.find(option.name);
          return given == run.options.end() ? std::nullopt : std::optional(given->second);
        },
        [](const SparsifyOption& option) { return option.is_flag(); });
    words.insert(words.end(), {"--out", run.folder().string()});
    return words;
  }
  std::vector<std::string> thread_words(int) const override { return {}; }
  std::string result_file() const override { return kSparsificationResult; }
  std::vector<std::string> progress_files() const override {
    std::vector<std::string> files;
    for (const SparsifyStage stage : kSparsifyStages) {
      files.push_back(fmt::format("{}.checkpoint.safetensors", stage_name(stage)));
      files.push_back(fmt::format("{}.json", stage_name(stage)));
    }
    return files;
  }
  FinishedRun read(const std::filesystem::path& folder) const override {
    const StoredSparsification run = load_sparsification(folder / result_file());
    if (run.has_diverged())
      throw UserError(
          fmt::format("the training in {} diverged: choose a smaller --lr or --C", folder.string()));
    return {summary_of(run), result_table(std::vector<StoredSparsification>{run}), work_of(run)};
  }

  std::string shared_part(const PlannedRun& run) const override {
    const SparsifyConfig c = sparsify_config(run);
    return recipe_text(c.recipe, SparsifyStage::kDense,
                       fmt::format("{} in {}, {} images", c.dataset, c.data_dir, c.train_images)) +
           c.dense_cache;
  }
  std::string shared_part_file() const override {
    return fmt::format("{}.json", stage_name(SparsifyStage::kDense));
  }

 private:
  std::vector<GridOption> options_;
};

}  // namespace

const RunKind& sparsify_kind() {
  static const SparsifyKind kind;
  return kind;
}

void add_sparsify_sweeps() {
  add_run_kind(sparsify_kind());
  add_presets(sparsify_presets());
}

SparsifyConfig sparsify_config(const PlannedRun& run) {
  if (run.kind != &sparsify_kind())
    throw UserError(fmt::format(
        "this needs a grid of `packrat sparsify`, but the grid is of `packrat {}`: choose another",
        run.kind->command()));
  return sparsify_config_of(run.options);
}

RunOutlook outlook_of(const SparsifyConfig& config) {
  const SparsifyRecipe& recipe = config.recipe;
  const std::string network = network_of(recipe.model, recipe.complex);
  const EpochSeconds seconds = shipped_seconds(network);
  const double images =
      (config.train_images > 0 ? static_cast<double>(config.train_images) : kAllImages) / kImagesOfAnEpoch;
  RunOutlook outlook{
      {{"C", fmt::format("{}", recipe.c)},
       {"epochs at most", fmt::format("{} + {} + {}", recipe.epochs[0], recipe.epochs[1], recipe.epochs[2])}},
      {},
      kPixelLoadSeconds};
  for (const SparsifyStage stage : kSparsifyStages)
    outlook.work.push_back({unit_of(stage, network),
                            images * static_cast<double>(recipe.epochs[static_cast<std::size_t>(stage)]),
                            stage == SparsifyStage::kSparsify ? seconds.sparsify : seconds.plain,
                            stage == SparsifyStage::kDense});
  return outlook;
}

}  // namespace packrat
