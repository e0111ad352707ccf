#include "engine/plan/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/core/shell_line.h"
#include "engine/experiment/option_text.h"
#include "engine/report/table.h"

namespace packrat {
namespace {

std::string passes_text(std::int64_t passes) {
  return passes > 0 ? fmt::format("{}", passes) : "-";
}

std::int64_t passes_of(const Plan& plan, const Trial& trial) {
  return plan.candidates[trial.candidate].passes[trial.level];
}

Table table_of(const Plan& plan, const std::vector<Trial>& trials) {
  Table table;
  table.columns = {{"bytes kept"}, {"held-out %"}, {"passes"}, {"seconds", 1}, {"run"}};
  for (const Trial& trial : trials)
    table.rows.push_back({trial.result.bytes, 100 * trial.result.accuracy,
                          passes_text(passes_of(plan, trial)), trial.result.seconds,
                          plan.candidates[trial.candidate].name});
  return table;
}

std::vector<Trial> by_accuracy(std::vector<Trial> trials) {
  std::stable_sort(trials.begin(), trials.end(),
                   [](const Trial& a, const Trial& b) { return a.result.accuracy > b.result.accuracy; });
  return trials;
}

/// Trials that were a candidate's last, but not of its whole training.
std::vector<Trial> dropped(const Plan& plan) {
  std::map<std::size_t, Trial> last;
  for (const Trial& trial : plan.trials) last[trial.candidate] = trial;
  std::vector<Trial> trials;
  for (const auto& [candidate, trial] : last)
    if (trial.level + 1 < plan.candidates[candidate].passes.size()) trials.push_back(trial);
  return trials;
}

std::vector<std::string> not_tried(const Plan& plan) {
  std::vector<bool> tried(plan.candidates.size());
  for (const Trial& trial : plan.trials) tried[trial.candidate] = true;
  std::vector<std::string> names;
  for (std::size_t c = 0; c < tried.size(); ++c)
    if (!tried[c]) names.push_back(plan.candidates[c].name);
  return names;
}

nlohmann::json json_of(const Plan& plan, const Trial& trial) {
  const std::int64_t passes = passes_of(plan, trial);
  return {{"run", plan.candidates[trial.candidate].name},
          {"bytes", trial.result.bytes},
          {"held_out_accuracy", trial.result.accuracy},
          {"passes", passes > 0 ? nlohmann::json(passes) : nlohmann::json()},
          {"seconds", trial.result.seconds},
          {"whole_training", trial.level + 1 == plan.candidates[trial.candidate].passes.size()}};
}

nlohmann::json json_of(const Plan& plan, const std::vector<Trial>& trials) {
  nlohmann::json all = nlohmann::json::array();
  for (const Trial& trial : trials) all.push_back(json_of(plan, trial));
  return all;
}

}  // namespace

std::vector<std::string> run_line(const Candidate& candidate) {
  std::vector<std::string> words{"packrat", "run"};
  const std::vector<std::string> options = run_words(candidate.config, candidate.given);
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

std::string plan_text(const Plan& plan, const PlanOptions& options) {
  const auto& config = plan.candidates.front().config;
  std::string text = fmt::format(
      "{} bytes, {} as {} tasks of {}: {} ways to learn fit, {} do not. Scored on {:g} % of the training "
      "images, which "
      "the trials did not learn from; the test images were not read. {:.0f} s of trials.\n\n",
      config.memory_bytes, config.dataset, config.num_tasks, config.num_classes_per_task,
      plan.candidates.size(), plan.left_out.size(), 100 * options.holdout, plan.seconds);
  text += "Whole trainings\n\n" + markdown_text(table_of(plan, by_accuracy(plan.complete())));
  if (const std::vector<Trial> given_up = dropped(plan); !given_up.empty())
    text +=
        "\nGiven up after a part of their passes\n\n" + markdown_text(table_of(plan, by_accuracy(given_up)));
  for (const std::string& name : not_tried(plan))
    text += fmt::format("not tried, the time was up: {}\n", name);
  if (!plan.left_out.empty()) text += "\nLeft out before anything was trained\n\n";
  for (const LeftOut& out : plan.left_out) text += fmt::format("- {}: {}\n", out.name, out.why);
  text += "\nFront: accuracy against bytes\n\n" + markdown_text(table_of(plan, plan.front()));
  const Trial choice = plan.choice();
  text += fmt::format("\nChoice: {:.2f} % of the held-out images in {} bytes\n\n{}\n",
                      100 * choice.result.accuracy, choice.result.bytes,
                      shell_line(run_line(plan.candidates[choice.candidate])));
  return text;
}

nlohmann::json plan_json(const Plan& plan, const PlanOptions& options) {
  const auto& config = plan.candidates.front().config;
  nlohmann::json left_out = nlohmann::json::array();
  for (const LeftOut& out : plan.left_out) left_out.push_back({{"run", out.name}, {"why", out.why}});
  const Trial choice = plan.choice();
  return {{"budget_bytes", config.memory_bytes},
          {"dataset", config.dataset},
          {"num_tasks", config.num_tasks},
          {"num_classes_per_task", config.num_classes_per_task},
          {"seed", config.seed},
          {"holdout", options.holdout},
          {"seconds", plan.seconds},
          {"out_of_time", plan.out_of_time},
          {"trials", json_of(plan, plan.trials)},
          {"not_tried", not_tried(plan)},
          {"left_out", left_out},
          {"front", json_of(plan, plan.front())},
          {"choice", json_of(plan, choice)},
          {"command", run_line(plan.candidates[choice.candidate])}};
}

}  // namespace packrat
