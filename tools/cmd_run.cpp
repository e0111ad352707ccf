#include <fmt/format.h>

#include <memory>

#include "engine/core/bytes.h"
#include "engine/experiment/config_file.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/run.h"
#include "engine/experiment/run_options.h"
#include "engine/experiment/validate.h"
#include "tools/commands.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct RunCommand {
  RunConfig config;
  std::string config_file;
  bool dump = false, resume = false;
};

std::set<std::string> options_given(const CLI::App& command) {
  std::set<std::string> given;
  for (const RunOption& row : run_options())
    if (command.get_option("--" + row.name)->count() > 0) given.insert(row.name);
  return given;
}

std::string ratio_text(const std::optional<double>& ratio) {
  return ratio ? fmt::format("{:.4f}", *ratio) : "-";
}

/// Of a method that keeps no entries.
void print_state(const RunRecord& record) {
  fmt::print("\nBytes of the state of {}\n", record.method);
  for (const Item item :
       {Item::kMethodState, Item::kMethodWorking, Item::kEncoderWeights, Item::kHeadWeights})
    fmt::print("    {:<16} {:>14}  {}{}\n", item_name(item), record.bytes.ledger.bytes(item),
               item_meaning(item), item == Item::kMethodState ? "" : " (not part of the budget)");
  fmt::print("  {}\n", record.bytes.audit.sentence);
}

void print_bytes(const RunRecord& record) {
  const AuditRow& audit = record.bytes.audit;
  fmt::print("\nBytes of the replay buffer ({} of {} slots hold an entry{})\n", record.held, record.slots,
             record.bytes.entry_bytes ? fmt::format(" of {} bytes", *record.bytes.entry_bytes) : "");
  if (audit.published_mib)
    fmt::print("  published formula  {:>14.6f} MiB  ({:.0f} bytes)\n", *audit.published_mib,
               *audit.published_mib * 1048576.0);
  else
    fmt::print("  published formula  {:>14}      (none is published for this codec)\n", "-");
  if (audit.exact_bytes)
    fmt::print("  exact formula      {:>14} bytes\n", *audit.exact_bytes);
  else
    fmt::print("  exact formula      {:>14}      (none: entries differ in size)\n", "-");
  fmt::print("  measured           {:>14} bytes\n", audit.measured_bytes);
  fmt::print("  measured/published {:>14}\n  measured/exact     {:>14}\n",
             ratio_text(audit.measured_over_published), ratio_text(audit.measured_over_exact));
  for (const Item item : kItems)
    fmt::print("    {:<16} {:>14}  {}{}\n", item_name(item), record.bytes.ledger.bytes(item),
               item_meaning(item),
               in_buffer(item) || item == Item::kMethodState ? "" : " (not part of the buffer's budget)");
  for (const PayloadPart& part : record.bytes.entry_parts)
    fmt::print("    of an entry: {:<7} {:>10}  (exact {}) {}\n", part.name, part.measured_bytes,
               part.exact_bytes, part.what);
  fmt::print("  Why they differ: {}\n", audit.sentence);
}

/// What the accuracies after every task come to.
void print_metrics(const RunRecord& record) {
  fmt::print("Over all tasks\n");
  for (const Metric& metric : metrics())
    fmt::print("  {:<30} {:>7.2f} %  {}\n", metric.name, 100 * metric.of(record.accuracy_matrix()),
               metric.summary);
}

void print_record(const RunRecord& record, const RunFolder& folder) {
  const bool entries = !record.codec.empty();
  fmt::print("\nAccuracy on the test set, {} classes, {}\n", record.classes,
             entries ? "codec " + record.codec : record.method);
  fmt::print("  final {:.2f} %   best {:.2f} %   task-masked {:.2f} %\n", 100 * record.final_score().acc,
             100 * record.best_acc(), 100 * record.final_score().task_acc);
  if (record.trainings.size() > 1) print_metrics(record);
  if (entries)
    print_bytes(record);
  else
    print_state(record);
  fmt::print("\nSeconds:");
  for (const auto& [phase, seconds] : record.seconds) fmt::print("  {} {:.1f}", phase, seconds);
  fmt::print("   ({}peak memory {})\n",
             entries ? fmt::format("decoding is {:.2f} % of training; ", 100 * record.decode_share()) : "",
             format_byte_size(record.peak_memory_bytes));
  if (record.energy) fmt::print("Energy of the whole run\n{}", describe(*record.energy));
  fmt::print("Written: {}, {}\n", folder.log.string(), folder.result.string());
}

void run(const CLI::App& command, RunCommand& options) {
  std::set<std::string> given = options_given(command);
  if (!options.config_file.empty()) read_config_file(options.config_file, options.config, given);
  apply_recipe(options.config, given);
  apply_onnx_defaults(options.config, given);
  validate(options.config, given);
  if (options.dump) {
    fmt::print("{}", dump_config(options.config));
    return;
  }
  need_tensors();
  const RunFolder folder(options.config);
  fmt::print("Run {}\n", folder.folder.string());
  std::fflush(stdout);
  const RunHooks hooks{console_progress(), [](const std::string& line) {
                         fmt::print("  {}\n", line);
                         std::fflush(stdout);
                       }};
  print_record(run_experiment(options.config, options.resume, hooks), folder);
}

}  // namespace

void add_run_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "run", "Fill a replay buffer from a stream, retrain on it, report accuracy and bytes");
  const auto options = std::make_shared<RunCommand>();
  command->add_option("--config", options->config_file,
                      "Options from a TOML file (memory_size = 1000); the command line wins");
  command->add_flag("--dump_config", options->dump, "Print the options as such a file and stop");
  command->add_flag("--resume", options->resume, "Go on from the checkpoint of a run that was stopped");
  for (const RunOption& row : run_options()) add_run_option(*command, row, options->config)->group(row.group);
  command->callback([command, options] { run(*command, *options); });
}

}  // namespace packrat
