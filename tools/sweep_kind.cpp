#include "tools/sweep_kind.h"

#include <fmt/format.h>

#include <map>

#include "engine/core/error.h"
#include "engine/experiment/feature_form.h"
#include "engine/sweep/experiment_kind.h"
#include "tools/commands.h"
#include "tools/studies.h"

namespace packrat {
namespace {

OutlookFn make_experiment_outlook() {
  return [forecast = make_forecaster()](const PlannedRun& run) {
    const RunConfig config = run_config(run);
    return outlook_of(config, forecast(config, given_options(run)));
  };
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

}  // namespace

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

const SweepKind& find_sweep_kind(const RunKind& kind) {
  static const SweepKind runs{"run", make_experiment_outlook, prepare_experiments};
  if (runs.command == kind.command()) return runs;
  for (const SweepKind& row : study_parts().sweeps)
    if (row.command == kind.command()) return row;
  throw Error("no SweepKind for `packrat " + kind.command() + "`");
}

}  // namespace packrat
