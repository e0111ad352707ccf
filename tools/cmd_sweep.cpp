#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/pattern.h"
#include "engine/core/shell_line.h"
#include "engine/results/results_database.h"
#include "engine/sweep/local_launcher.h"
#include "engine/sweep/notebook_lines.h"
#include "engine/sweep/presets.h"
#include "engine/sweep/slurm_launcher.h"
#include "engine/sweep/sweep.h"
#include "engine/sweep/sweep_lock.h"
#include "tools/commands.h"
#include "tools/grid_choice.h"
#include "tools/number_option.h"
#include "tools/result_kind.h"
#include "tools/sweep_display.h"
#include "tools/sweep_kind.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

namespace fs = std::filesystem;

struct SweepCommand {
  GridChoice choice;
  std::string out, only, launcher = "local", style = "packrat";
  bool list = false, print = false, dry_run = false, emit_shell = false;
  int jobs = 0, threads = 0;
  SlurmOptions slurm;
};

void list_presets() {
  for (const Preset& preset : presets())
    fmt::print("{:<22} {:>4} runs  {}\n", preset.name,
               expand(parse_grid(preset.text, preset.name), "").size(), preset.summary);
}

std::vector<PlannedRun> chosen_runs(const SweepCommand& options) {
  std::vector<PlannedRun> runs = planned_runs(options.choice, options.out);
  if (options.only.empty()) return runs;
  const Pattern only("only", options.only);
  runs.erase(std::remove_if(runs.begin(), runs.end(),
                            [&](const PlannedRun& run) { return !only.found_in(run.name); }),
             runs.end());
  if (runs.empty())
    throw UserError(
        fmt::format("--only '{}' matches no run: --dry_run without it lists their names", options.only));
  return runs;
}

/// One worker a core, as long as each has 1.5 GiB: a worker's largest resident set, measured, is half of that
/// to one.
int worker_count(const SweepCommand& options, int threads) {
  if (options.jobs > 0) return options.jobs;
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  std::int64_t kib = 0;
  while (meminfo >> word && word != "MemAvailable:") {
  }
  meminfo >> kib;
  const auto by_memory = static_cast<int>(kib / (1536 * 1024));
  return std::clamp(by_memory, 1, threads);
}

void print_unavailable(const std::vector<SweepRun>& runs) {
  std::map<std::string, std::vector<std::string>> names_of_reason;
  for (const SweepRun& run : runs)
    if (run.state == RunState::kUnavailable) names_of_reason[run.note].push_back(run.planned.name);
  for (const auto& [reason, names] : names_of_reason)
    fmt::print("not available: {} ({} runs: {}{})\n", reason, names.size(), names.front(),
               names.size() > 1 ? ", ..." : "");
}

/// A line a run, under the titles of what can be said of it beforehand.
void print_plan_table(const std::vector<SweepRun>& runs) {
  using Figure = decltype(RunOutlook::figures)::value_type;
  std::size_t width = 3;
  for (const SweepRun& run : runs) width = std::max(width, run.planned.name.size());
  const auto print_line = [&](const std::string& name, const SweepRun& run, std::string Figure::*cell,
                              const std::string& predicted, const char* state) {
    fmt::print("{:<{}}", name, width);
    for (const Figure& figure : run.outlook.figures)
      fmt::print("  {:>{}}", figure.*cell, std::max<std::size_t>(figure.first.size(), 7));
    fmt::print("  {:>9}  {}\n", predicted, state);
  };
  bool first = true;
  for (const SweepRun& run : runs) {
    if (run.state == RunState::kUnavailable) continue;
    if (std::exchange(first, false)) print_line("run", run, &Figure::first, "predicted", "state");
    print_line(run.planned.name, run, &Figure::second, clock_text(run.predicted_seconds),
               run.state == RunState::kFinished ? "finished"
               : run.progress()                 ? "has a checkpoint"
                                                : "to do");
  }
}

void print_plan(std::vector<SweepRun> runs, std::size_t workers) {
  const std::size_t units = predict_seconds(runs);
  print_plan_table(runs);
  print_unavailable(runs);
  double all = 0;
  for (const SweepRun& run : runs)
    if (run.state == RunState::kWaiting) all += run.predicted_seconds;
  fmt::print("{} runs: {}\n", runs.size(), count_text(runs));
  fmt::print("To do: about {} of one worker, {} with {} side by side, preparation not included. ",
             clock_text(all), clock_text(seconds_left(runs, workers)), workers);
  const std::string learned =
      fmt::format("medians of the finished runs for {} kinds of work, shipped figures for others", units);
  fmt::print("Times are what runs do times the seconds of one: {}.\n",
             units > 0 ? learned : "shipped figures of a two-core machine, as no run here has finished");
}

void print_shell_lines(const std::vector<SweepRun>& runs) {
  for (const SweepRun& run : runs) {
    const RunKind& kind = *run.planned.kind;
    std::vector<std::string> words{"packrat", kind.command()};
    const std::vector<std::string> options = kind.words(run.planned);
    words.insert(words.end(), options.begin(), options.end());
    if (run.state == RunState::kUnavailable)
      fmt::print("# not available: {}\n# {}\n", run.note, shell_line(words));
    else
      fmt::print("{}\n", shell_line(words));
  }
}

/// The folder of the runs is told only where the user named one.
void print_notebook_lines(const std::vector<PlannedRun>& runs, const std::string& out) {
  const std::vector<NotebookLine> lines = notebook_lines(runs, out);
  fmt::print(
      "# Published options alone. The published program scores the test images as the encoder gives them: "
      "`packrat run` does with --test_features raw.\n");
  for (const NotebookLine& line : lines) fmt::print("packrat run {}\n", shell_line(line.words));
}

std::unique_ptr<Launcher> make_launcher(const SweepCommand& options, int workers) {
  if (options.launcher == "local") return std::make_unique<LocalLauncher>(static_cast<std::size_t>(workers));
  SlurmOptions slurm = options.slurm;
  slurm.tasks_at_once = options.jobs;
  return std::make_unique<SlurmLauncher>(options.out, slurm);
}

/// All runs of a grid are of one kind.
const SweepKind& kind_of(const std::vector<SweepRun>& runs) {
  return find_sweep_kind(*runs.front().planned.kind);
}

std::vector<SweepRun> planned_sweep(const std::vector<PlannedRun>& planned) {
  return plan_sweep(planned, find_sweep_kind(*planned.front().kind).make_outlook());
}

/// Of finished runs, in the order of the grid.
void print_results(const std::vector<SweepRun>& runs) {
  std::vector<std::string> folders;
  for (const SweepRun& run : runs)
    if (run.result) folders.push_back(run.folder().string());
  for (const ResultKind& kind : result_kinds()) {
    if (kind.command != runs.front().planned.kind->command()) continue;
    const LoadedResults results = kind.load(folders, {});
    results.print(results.all_rows());
  }
}

void finish(const SweepCommand& options, const std::vector<SweepRun>& runs) {
  std::vector<std::string> failed;
  for (const SweepRun& run : runs)
    if (run.state == RunState::kFailed) failed.push_back(run.planned.name);
  fmt::print("\n");
  print_results(runs);
  fmt::print("\n");
  print_unavailable(runs);
  fmt::print("{} runs: {}; results in {}\n", runs.size(), count_text(runs), options.out);
  if (failed.empty()) return;
  throw UserError(
      fmt::format("{} of {} runs failed ({}{}): worker.log in each run's folder says why; the same command "
                  "tries them again",
                  failed.size(), runs.size(), failed.front(), failed.size() > 1 ? ", ..." : ""));
}

void require_available(const std::vector<SweepRun>& runs) {
  if (std::all_of(runs.begin(), runs.end(),
                  [](const SweepRun& r) { return r.state == RunState::kUnavailable; }))
    throw UserError(fmt::format("no run of the grid is available: {}", runs[0].note));
}

void work(const SweepCommand& options, const std::vector<PlannedRun>& planned, int threads, int workers) {
  const bool local = options.launcher == "local";
  const fs::path folder = options.out;
  const auto note = [](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  const SweepLock lock(folder, note);
  std::vector<SweepRun> runs = planned_sweep(planned);
  require_available(runs);
  rebuild_database(folder / kDatabaseName, result_tables(folder, note));
  const std::unique_ptr<Launcher> launcher = make_launcher(options, workers);
  fmt::print("Sweep {} in {}: {}\n", options.choice.grid, options.out, count_text(runs));
  print_unavailable(runs);
  std::fflush(stdout);
  if (local) {
    kind_of(runs).prepare(runs, threads);
    require_available(runs);
  }
  const SweepOptions sweep{folder, program_path(),
                           local ? std::max(1, threads / workers) : options.slurm.cpus_per_task};
  SweepDisplay display;
  const SweepHooks hooks{[&](const SweepRun& run) { display.changed(run); },
                         [&](const auto& all, double left) { display.tick(all, left); }};
  try {
    run_sweep(sweep, runs, *launcher, hooks);
  } catch (...) {
    display.close();
    throw;
  }
  display.close();
  finish(options, runs);
}

void sweep(SweepCommand options) {
  if (options.list) return list_presets();
  if (options.choice.grid.empty()) throw UserError("give a preset (--list shows them) or a grid file");
  if (options.print) {
    fmt::print("{}", grid_text(options.choice.grid));
    return;
  }
  if (options.emit_shell && options.style == "notebook")
    return print_notebook_lines(chosen_runs(options), options.out);
  if (options.out.empty()) options.out = (fs::path("runs") / fs::path(options.choice.grid).stem()).string();
  const std::vector<PlannedRun> planned = chosen_runs(options);
  need_tensors();
  if (options.emit_shell) return print_shell_lines(planned_sweep(planned));
  const int threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int workers = worker_count(options, threads);
  if (options.dry_run) return print_plan(planned_sweep(planned), static_cast<std::size_t>(workers));
  work(options, planned, threads, workers);
}

void add_slurm_options(CLI::App& command, SlurmOptions& slurm) {
  const char* group = "Slurm";
  command.add_option("--partition", slurm.partition, "Partition of the job array")->group(group);
  command.add_option("--gpus_per_task", slurm.gpus_per_task, "GPUs of each run (with --device cuda)")
      ->group(group);
  add_number(command, "--cpus_per_task", slurm.cpus_per_task, "Cores, and threads, of each run", {1, 1024})
      ->group(group);
  command.add_option("--time", slurm.time, "Time limit of each run; one that is cut off is resumed")
      ->group(group);
  command
      .add_option("--sbatch", slurm.more,
                  "A further option for sbatch, such as --sbatch=--mem=4G; repeat for more")
      ->allow_extra_args(false)
      ->group(group);
}

}  // namespace

void add_sweep_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "sweep", "Do all runs of a grid, here or on a Slurm cluster; stopped and started again it continues");
  const auto options = std::make_shared<SweepCommand>();
  command->add_option("GRID", options->choice.grid,
                      "A preset, or a TOML file of options with lists of values");
  command->add_option("--out", options->out, "Folder of the runs and results.db; default: runs/GRID");
  command->add_option("--only", options->only, "Only runs whose name matches this regular expression");
  command->add_flag("--list", options->list, "List the presets and stop");
  command->add_flag("--print", options->print, "Print the grid as a TOML file and stop");
  command->add_flag("--dry_run", options->dry_run,
                    "List the runs with what can be said of them beforehand and stop");
  CLI::Option* emit_shell =
      command->add_flag("--emit_shell", options->emit_shell, "Print the command line of each run and stop");
  command
      ->add_option(
          "--style", options->style,
          "Of --emit_shell: packrat, or notebook, the lines of the FETCH notebooks with their names and in "
          "their order")
      ->check(CLI::IsMember({"packrat", "notebook"}))
      ->needs(emit_shell)
      ->capture_default_str();
  add_number(*command, "--jobs", options->jobs,
             "Runs side by side; 0: one a core, as memory allows; on Slurm as many as it takes", {0, 4096});
  add_number(*command, "--threads", options->threads,
             "Threads, divided among the runs side by side; 0 means all cores", {0, 1024});
  command->add_option("--launcher", options->launcher, "local or slurm")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  add_slurm_options(*command, options->slurm);
  add_grid_values(*command, options->choice, run_kinds(),
                  [](const GridOption& row) { return !row.set_by_sweep; });
  command->callback([options] { sweep(*options); });
}

}  // namespace packrat
