#include "tools/sweep_kind.h"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "engine/core/error.h"
#include "engine/experiment/feature_form.h"
#include "engine/results/results_store.h"
#include "engine/results/stored_sparsification.h"
#include "engine/sparsify/pixel_data.h"
#include "engine/sparsify/sparse_network.h"
#include "engine/sweep/experiment_kind.h"
#include "engine/sweep/sparsify_kind.h"
#include "tools/commands.h"
#include "tools/run_table.h"

namespace packrat {
namespace {

OutlookFn make_experiment_outlook() {
  return [forecast = make_forecaster()](const PlannedRun& run) {
    const RunConfig config = run_config(run);
    return outlook_of(config, forecast(config, given_options(run)));
  };
}

/// Does for every waiting run what `key` tells to be shared, once for all runs with that key.
void prepare_once(std::vector<SweepRun>& runs,
                  const std::function<std::vector<std::string>(const SweepRun&)>& key_of,
                  const std::function<void(const SweepRun&)>& make) {
  std::map<std::vector<std::string>, std::string> problems;  // by key; empty: none
  for (SweepRun& run : runs) {
    if (run.state != RunState::kWaiting) continue;
    const auto [problem, is_new] = problems.emplace(key_of(run), "");
    try {
      if (is_new) make(run);
    } catch (const UserError& error) {
      problem->second = error.what();
    }
    if (problem->second.empty()) continue;
    run.state = RunState::kUnavailable;
    run.note = problem->second;
  }
}

/// Encodes, and fits codecs that learn.
void prepare_experiments(std::vector<SweepRun>& runs, int threads) {
  const ForecastFn forecast = make_forecaster();
  const auto key_of = [&](const SweepRun& run) {
    const RunConfig c = run_config(run.planned);
    const RunForecast forecasted = forecast(c, given_options(run.planned));
    std::vector<std::string> key{c.dataset,   c.data_dir,
                                 c.cache_dir, c.no_cache ? "uncached" : "cached",
                                 c.encoder,   image_form(c).suffix()};
    if (c.encoder != "none")
      key.insert(key.end(), {feature_form(c).cut_text(), c.views, c.encoder_dtype, c.weights, c.normalise,
                             c.channel_order});
    if (forecasted.codec_learns)
      key.insert(key.end(), {forecasted.codec, c.codec_file, c.fit_on, fmt::format("{}", c.fit_images)});
    return key;
  };
  prepare_once(runs, key_of, [&](const SweepRun& run) {
    RunConfig c = run_config(run.planned);
    c.threads = threads;
    prepare_shared(c, console_progress());
  });
}

OutlookFn make_sparsify_outlook() {
  return [](const PlannedRun& run) {
    const SparsifyConfig config = sparsify_config(run);
    check_recipe(config.recipe);
    find_network_plan(config.recipe.model);
    return outlook_of(config);
  };
}

/// Reads every data set once. Dense networks are trained by the workers: see run_sweep().
void prepare_sparsifications(std::vector<SweepRun>& runs, int) {
  const auto key_of = [](const SweepRun& run) {
    const SparsifyConfig c = sparsify_config(run.planned);
    return std::vector<std::string>{c.dataset, c.data_dir, fmt::format("{}", c.train_images)};
  };
  prepare_once(runs, key_of, [](const SweepRun& run) {
    const SparsifyConfig c = sparsify_config(run.planned);
    load_pixels(c.dataset, c.data_dir, c.train_images, console_progress());
  });
}

/// load: of the file that a finished run leaves.
template <typename Run>
std::vector<Run> results_of(const std::vector<SweepRun>& runs,
                            Run (*load)(const std::filesystem::path&, const ReadText&)) {
  std::vector<Run> results;
  for (const SweepRun& run : runs)
    if (run.result) results.push_back(load(run.folder() / run.planned.kind->result_file(), text_on_disk));
  return results;
}

}  // namespace

const SweepKind& find_sweep_kind(const RunKind& kind) {
  static const SweepKind table[] = {
      {"run", make_experiment_outlook, prepare_experiments,
       [](const std::vector<SweepRun>& runs) { print_run_table(results_of(runs, load_run)); }},
      {"sparsify", make_sparsify_outlook, prepare_sparsifications,
       [](const std::vector<SweepRun>& runs) { print_run_table(results_of(runs, load_sparsification)); }},
  };
  for (const SweepKind& row : table)
    if (row.command == kind.command()) return row;
  throw Error("no row for `packrat " + kind.command() + "` in the table of sweep_kind.cpp");
}

}  // namespace packrat
