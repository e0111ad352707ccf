#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/data/dataset.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/forecast.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/run.h"
#include "engine/experiment/run_options.h"
#include "engine/plan/plan_grid.h"
#include "engine/plan/plan_report.h"
#include "tools/commands.h"
#include "tools/grid_choice.h"
#include "tools/number_option.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct PlanCommand {
  PlanOptions plan;
  RunConfig run;  // dataset, seed, and where things are
  std::optional<std::int64_t> tasks, classes_per_task;
  std::string budget, grid, time, out, format = "text";
  std::vector<std::string> methods;
  bool print = false;
};

/// Tasks of the benchmarks: 20 of a data set with 100 classes or more, else 5.
void complete_tasks(PlanCommand& options) {
  const int classes =
      describe_dataset(options.run.dataset, options.run.data_dir, console_progress(), image_form(options.run))
          .classes;
  options.run.num_tasks = options.tasks.value_or(classes >= 100 ? 20 : std::min(5, classes));
  options.run.num_classes_per_task = options.classes_per_task.value_or(
      std::max<std::int64_t>(1, classes / std::max<std::int64_t>(1, options.run.num_tasks)));
}

std::vector<PlannedRun> runs_to_choose_from(const PlanCommand& options) {
  Grid grid = options.grid.empty()
                  ? parse_grid(plan_grid_text(names_features(options.run.dataset)), "the plan's grid")
                  : parse_grid(grid_text(options.grid), options.grid);
  RunConfig config = options.run;
  config.memory_bytes = options.budget;
  using C = RunConfig;
  for (const RunField field :
       {RunField(&C::dataset), RunField(&C::num_tasks), RunField(&C::num_classes_per_task),
        RunField(&C::seed), RunField(&C::memory_bytes), RunField(&C::data_dir), RunField(&C::cache_dir)}) {
    const RunOption& option = find_run_option(field);
    if (const std::string value = value_text(option, config); !value.empty())
      set_values(grid, option.name, {value});
  }
  for (const RunField field : {RunField(&C::image_size), RunField(&C::image_crop)})
    if (const RunOption& option = find_run_option(field); is_set(option, config))
      set_values(grid, option.name, {value_text(option, config)});
  return only_methods(expand(grid, options.plan.folder), options.methods);
}

std::string text_of(const PlanCommand& options, const Plan& plan) {
  if (options.format == "json") return plan_json(plan, options.plan).dump(2) + "\n";
  return plan_text(plan, options.plan);
}

void make(PlanCommand options) {
  if (options.print) {
    fmt::print("{}", plan_grid_text(names_features(options.run.dataset)));
    return;
  }
  if (options.budget.empty())
    throw UserError("give the bytes that may be kept with --budget, such as 614400 or 1.5MiB");
  const std::int64_t budget = parse_byte_size(options.budget, "--budget");
  if (!options.time.empty()) options.plan.seconds = parse_seconds(options.time);
  need_tensors();
  complete_tasks(options);
  if (options.plan.folder.empty())
    options.plan.folder =
        std::filesystem::path("runs") / fmt::format("plan-{}{}-{}B", dataset_file_stem(options.run.dataset),
                                                    image_form(options.run).suffix(), budget);
  check_outputs({{"--report", options.out}});
  CandidateList list = candidates_of(runs_to_choose_from(options), make_forecaster());
  for (Candidate& candidate : list.candidates) candidate.config.threads = options.run.threads;
  RunHooks hooks;
  hooks.progress = console_progress();
  const auto do_run = [&](const RunConfig& config) {
    run_experiment(config, std::filesystem::exists(RunFolder(config).checkpoint), hooks);
  };
  const auto note = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  const Plan plan = make_plan(std::move(list), options.plan, do_run, note);
  write_file_atomically(options.plan.folder / "plan.json",
                        [&](std::ostream& out) { out << plan_json(plan, options.plan).dump(2) << "\n"; });
  if (options.out.empty()) {
    fmt::print("{}", text_of(options, plan));
    return;
  }
  write_file_atomically(options.out, [&](std::ostream& out) { out << text_of(options, plan); });
  fmt::print("plan written to {}\n", options.out);
}

}  // namespace

void add_plan_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "plan",
      "Choose method, features, codec and passes for a budget in bytes, by trials on training images alone");
  const auto options = std::make_shared<PlanCommand>();
  command->add_option("--budget", options->budget, "Bytes that may be kept: 614400, 1.5MiB");
  using C = RunConfig;
  add_run_options(
      *command,
      {&C::dataset, &C::image_size, &C::image_crop, &C::seed, &C::data_dir, &C::cache_dir, &C::threads},
      options->run);
  add_number(*command, "--num_tasks", options->tasks, "Tasks; default: 20 for 100 classes or more, else 5",
             NumberRange<std::int64_t>{1, 65535});
  add_number(*command, "--num_classes_per_task", options->classes_per_task,
             "Classes in each; default: all there are", NumberRange<std::int64_t>{1, 65535});
  command->add_option("--methods", options->methods, "Only these of the grid's methods: slda,gdumb")
      ->delimiter(',');
  command->add_option(
      "--grid", options->grid,
      "Ways to learn to choose from, as a grid file of `packrat sweep`; default: those of --print");
  command->add_flag("--print", options->print, "Print the default grid as a TOML file and stop");
  add_number(*command, "--holdout", options->plan.holdout,
             "Share of the training images that trials are scored on and do not learn from",
             NumberRange<double>{0.01, 0.5});
  add_number(*command, "--out_of_reach", options->plan.out_of_reach,
             "Replay that is so far behind the best whole training is given up; 0.1 are 10 points",
             NumberRange<double>{0, 1});
  command->add_option("--time", options->time,
                      "Begin no trial after so long: 600, 10min, 2h; default: no limit");
  command->add_option(
      "--out", options->plan.folder,
      "Folder of the trials; one that was stopped continues there; default: runs/plan-DATASET-BUDGET");
  command->add_option("--report", options->out, "Write the plan to this file");
  command->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_flag("--overwrite", options->plan.overwrite, "Give up another plan in the same folder");
  command->callback([options] { make(*options); });
}

}  // namespace packrat
