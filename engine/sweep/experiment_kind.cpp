#include "engine/sweep/experiment_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/experiment/option_text.h"
#include "engine/experiment/recipe.h"
#include "engine/methods/method_table.h"
#include "engine/results/results_store.h"

namespace packrat {
namespace {

constexpr double kLoadSeconds = 2;  // start of the program, data set and features
constexpr double kIngestSeconds = 3;

struct HeadSeconds {
  double step, scoring;
};

/// Batches of 16 on one thread, and 10 000 test images: processor seconds, measured on two virtual cores of
/// an AMD EPYC with both at work. The figures of a ResNet-34 serve as upper bounds for a ResNet-18's that are
/// not listed.
const std::map<std::string, HeadSeconds>& shipped() {
  static const std::map<std::string, HeadSeconds> table{
      {"resnet34 from 0", {0.129, 4.4}},
      {"resnet34 from 1", {0.079, 4.1}},
      {"resnet34 from 2", {0.030, 3.2}},
      {"resnet34 from 3", {0.0041, 0.4}},
      {"resnet34 from 4", {0.0001, 0.02}},
      {"resnet18 from 0", {0.072, 3.1}},
      {"mlp", {0.0012, 0.1}},
      {"mlp_bn", {0.02, 0.2}},  // batches of 128 rows of 1664 values, 512 wide
  };
  return table;
}

/// "resnet34 from 3", "resnet18 from 0", "mlp", "mlp_bn".
std::string head_of(const RunConfig& config) {
  if (head_takes_any_maps(config)) return config.backbone;
  return head_kind(config) + " from " + head_begins_after(config);
}

HeadSeconds shipped_seconds(const RunConfig& config) {
  const std::string head = head_of(config);
  if (const auto it = shipped().find(head); it != shipped().end()) return it->second;
  // The same network from the whole block before, then the larger network.
  const std::string place = head.substr(head.rfind(' ') + 1);
  const auto it = shipped().find("resnet34 from " + place.substr(0, 1));
  return it != shipped().end() ? it->second : shipped().at("resnet34 from 0");
}

/// Passes after which the test set is scored: the last of each cosine cycle (3, 7, 15, ...), every K-th, the
/// last.
double scorings(const RunConfig& config) {
  double count = 0;
  for (std::int64_t pass = 1; pass <= config.num_passes; ++pass) {
    const bool ends_cycle = config.lr_schedule == "warm_restarts" && pass >= 4 && (pass & (pass - 1)) == 0;
    const bool asked = config.eval_every > 0 && pass % config.eval_every == 0;
    if (ends_cycle || asked || pass == config.num_passes) ++count;
  }
  return count;
}

double steps(const RunConfig& config, std::int64_t held) {
  return static_cast<double>(config.num_passes) *
         std::ceil(static_cast<double>(held) / static_cast<double>(config.batch_size));
}

/// With --eval_tasks there is a training after every task, with about half the entries in the mean.
double trainings(const RunConfig& config) {
  return config.eval_tasks ? static_cast<double>(config.num_tasks + 1) / 2 : 1;
}

RunConfig run_config_of(const OptionTexts& options) {
  RunConfig config;
  std::set<std::string> given;
  for (const auto& [name, text] : options) {
    set_option(find_run_option(name), text, config);
    given.insert(name);
  }
  apply_recipe(config, given);
  apply_onnx_defaults(config, given);
  return config;
}

std::string step_unit(const RunConfig& config) {
  return "training step of " + head_of(config);
}
std::string scoring_unit(const RunConfig& config) {
  return "scoring of " + head_of(config);
}

/// Imported runs, and those without seconds, tell nothing.
std::vector<WorkDone> work_of(const StoredRun& run) {
  if (run.imported || !run.held || run.seconds.count("train") == 0 || run.seconds.count("evaluate") == 0)
    return {};
  const RunConfig config = run_config_of(run.options);
  return {{step_unit(config), trainings(config) * steps(config, *run.held), run.seconds.at("train")},
          {scoring_unit(config), trainings(config) * scorings(config), run.seconds.at("evaluate")}};
}

std::string summary_of(const StoredRun& run) {
  std::string text = fmt::format("final {:.2f} %", 100 * run.final_acc.value_or(0));
  if (run.best_acc) text += fmt::format(", best {:.2f} %", 100 * *run.best_acc);
  if (run.measured_bytes) text += fmt::format(", {} bytes", *run.measured_bytes);
  const auto train = run.seconds.find("train");
  return train == run.seconds.end() ? text : text + fmt::format(", trained {:.0f} s", train->second);
}

class ExperimentKind : public RunKind {
 public:
  ExperimentKind() {
    std::vector<const RunOption*> order;
    for (const RunOption& option : run_options()) order.push_back(&option);
    std::stable_partition(order.begin(), order.end(), [](const RunOption* o) { return o->part.empty(); });
    for (const RunOption* option : order) {
      const bool is_spec =
          option->field == RunField(&RunConfig::codec) || option->field == RunField(&RunConfig::method);
      const bool by_sweep =
          option->role == Role::kName || option->field == RunField(&RunConfig::threads);  // thread_words()
      options_.push_back({option->name, option->group, option->help, is_spec, by_sweep});
    }
  }

  std::string command() const override { return "run"; }
  const std::vector<GridOption>& options() const override { return options_; }
  std::string canonical(const std::string& option, const std::string& text) const override {
    RunConfig config;
    set_option(find_run_option(option), text, config);
    return value_text(find_run_option(option), config);
  }
  std::string value(const std::string& option, const OptionTexts& options) const override {
    return value_text(find_run_option(option), run_config_of(options));
  }
  bool applies(const std::string& option, const OptionTexts& options) const override {
    return packrat::applies(find_run_option(option), run_config_of(options));
  }
  std::string why_not(const std::string& name) const override {
    const RunOption& option = find_run_option(name);
    return option.part.empty()
               ? "another option replaces it"
               : fmt::format("it belongs to --{} {}", option.part, fmt::join(option.part_values, " or "));
  }
  std::string name_of(const OptionTexts& options) const override {
    return default_exp_name(run_config_of(options));
  }

  std::vector<std::string> words(const PlannedRun& run) const override {
    return run_words(run_config(run), given_options(run));
  }
  std::vector<std::string> thread_words(int threads) const override {
    return {"--threads", fmt::format("{}", threads)};
  }
  std::string result_file() const override { return kRunResult; }
  std::vector<std::string> progress_files() const override { return {"checkpoint.safetensors"}; }
  FinishedRun read(const std::filesystem::path& folder) const override {
    const StoredRun run = load_run(folder / result_file());
    return {summary_of(run), result_table(std::vector<StoredRun>{run}), work_of(run)};
  }

 private:
  std::vector<GridOption> options_;
};

}  // namespace

const RunKind& experiment_kind() {
  static const ExperimentKind kind;
  return kind;
}

RunConfig run_config(const PlannedRun& run) {
  if (run.kind != &experiment_kind())
    throw UserError(
        fmt::format("this needs a grid of `packrat run`, but the grid is of `packrat {}`: choose another",
                    run.kind->command()));
  RunConfig config = run_config_of(run.options);
  config.log_dir = run.parent.string();
  config.exp_name = run.name;
  return config;
}

std::set<std::string> given_options(const PlannedRun& run) {
  std::set<std::string> given{"log_dir", "exp_name"};
  for (const auto& [name, text] : run.options) given.insert(name);
  return given;
}

RunOutlook outlook_of(const RunConfig& config, const RunForecast& forecast) {
  if (!keeps_entries(config.method))  // seconds: the figures in forecasts are of trainings
    return {{{"slots", "-"},
             {"exact bytes", fmt::format("{}", forecast.exact_bytes.value_or(0))},
             {"published MiB", "-"}},
            {},
            kLoadSeconds + kIngestSeconds};
  const HeadSeconds head = shipped_seconds(config);
  const auto& [exact, published] = std::tie(forecast.exact_bytes, forecast.published_mib);
  return {{{"slots", fmt::format("{}", forecast.slots)},
           {"exact bytes", exact ? fmt::format("{}", *exact) : "-"},
           {"published MiB", published ? fmt::format("{:.4f}", *published) : "-"}},
          {{step_unit(config), trainings(config) * steps(config, forecast.held), head.step},
           {scoring_unit(config), trainings(config) * scorings(config), head.scoring}},
          kLoadSeconds + kIngestSeconds};
}

}  // namespace packrat
