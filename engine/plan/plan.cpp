#include "engine/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/text_difference.h"
#include "engine/core/timer.h"
#include "engine/report/front.h"
#include "engine/results/results_store.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIdentityFile = "plan.txt";

/// What a run found out; nothing when it has not been done, or its file is damaged.
std::optional<TrialResult> finished_trial(const RunConfig& config) {
  const fs::path file = fs::path(config.log_dir) / config.exp_name / kRunResult;
  if (!fs::exists(file)) return std::nullopt;
  try {
    const StoredRun run = load_run(file);
    TrialResult result{run.final_acc.value(), run.measured_bytes.value(), 0};
    for (const auto& [phase, seconds] : run.seconds)
      if (phase != "decode") result.seconds += seconds;  // which is part of the training
    return result;
  } catch (const UserError&) {
    return std::nullopt;
  }
}

void claim_folder(const std::string& identity, const PlanOptions& options) {
  const fs::path file = options.folder / kIdentityFile;
  if (fs::exists(file) && read_text(file) != identity) {
    if (!options.overwrite)
      throw UserError(
          fmt::format("{} holds a plan with other options ({}): give another --out, or --overwrite to "
                      "give that one up",
                      options.folder.string(), first_difference(read_text(file), identity)));
    fs::remove_all(options.folder / "trials");
  }
  write_file_atomically(file, [&](std::ostream& out) { out << identity; });
}

std::string trial_line(const Candidate& candidate, std::int64_t passes, const TrialResult& result) {
  return fmt::format("{:6.2f} %  {:>9} bytes  {:6.1f} s  {}{}", 100 * result.accuracy, result.bytes,
                     result.seconds, candidate.name, passes > 0 ? fmt::format(", {} passes", passes) : "");
}

}  // namespace

std::vector<Trial> Plan::complete() const {
  std::vector<Trial> whole;
  for (const Trial& trial : trials)
    if (trial.level + 1 == candidates[trial.candidate].passes.size()) whole.push_back(trial);
  return whole;
}

std::vector<Trial> Plan::front() const {
  const std::vector<Trial> whole = complete();
  std::vector<Tradeoff> points;
  for (const Trial& trial : whole)
    points.push_back({static_cast<double>(trial.result.bytes), trial.result.accuracy});
  std::vector<Trial> best;
  for (const std::size_t i : best_for_cost(points)) best.push_back(whole[i]);
  return best;
}

Trial Plan::choice() const {
  const std::vector<Trial> best = front();
  if (best.empty()) throw Error("a plan without a whole training has no choice");
  return best.back();  // of a front, the dearest is the most accurate
}

RunConfig trial_config(const Candidate& candidate, std::int64_t passes, const PlanOptions& options) {
  RunConfig config = candidate.config;
  config.holdout = options.holdout;
  if (passes > 0) config.num_passes = passes;
  config.exp_name.clear();
  config.exp_name = default_exp_name(config);
  config.log_dir = (options.folder / "trials").string();
  return config;
}

std::string plan_identity(const std::vector<Candidate>& candidates, const PlanOptions& options) {
  std::string text = fmt::format("holdout = {}\nout_of_reach = {}\n", options.holdout, options.out_of_reach);
  for (const Candidate& candidate : candidates)
    text += trial_config(candidate, candidate.passes.back(), options).exp_name + "\n";
  return text;
}

Plan make_plan(CandidateList list, const PlanOptions& options, const DoRunFn& do_run,
               const std::function<void(const std::string&)>& note) {
  Plan plan{std::move(list.candidates), std::move(list.left_out), {}, false, 0};
  claim_folder(plan_identity(plan.candidates, options), options);
  std::vector<std::size_t> levels;
  for (const Candidate& candidate : plan.candidates) levels.push_back(candidate.passes.size());
  const Timer timer;
  const auto try_candidate = [&](std::size_t c, std::size_t level) {
    if (stop_requested())
      throw Interrupted(
          fmt::format("stopped between two trials: run the same command again to continue from those in {}",
                      options.folder.string()));
    const std::int64_t passes = plan.candidates[c].passes[level];
    const RunConfig config = trial_config(plan.candidates[c], passes, options);
    std::optional<TrialResult> result = finished_trial(config);
    const bool again = result.has_value();
    if (!again) {
      do_run(config);
      result = finished_trial(config);
      if (!result) throw Error(fmt::format("the run {} left no result", config.exp_name));
    }
    plan.seconds += result->seconds;
    if (note) note(trial_line(plan.candidates[c], passes, *result) + (again ? " (done before)" : ""));
    return *result;
  };
  const auto time_left = [&] {
    plan.out_of_time |= options.seconds > 0 && timer.seconds() > options.seconds;
    return !plan.out_of_time;
  };
  plan.trials = successive_halving(levels, options.out_of_reach, try_candidate, time_left);
  if (plan.complete().empty())
    throw UserError(
        fmt::format("{:g} seconds were not enough for one whole training: give a longer --time to "
                    "continue",
                    options.seconds));
  return plan;
}

}  // namespace packrat
