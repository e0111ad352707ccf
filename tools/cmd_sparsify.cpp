#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "engine/sparsify/sparsification.h"
#include "engine/sparsify/sparsify_options.h"
#include "tools/commands.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

struct SparsifyCommand {
  SparsifyConfig config;
  std::string out, export_file;
  std::vector<std::string> stages{"dense", "sparsify", "fine-tune"};
  bool resume = false;
};

SparsificationOptions how_of(const SparsifyCommand& options) {
  const SparsifyConfig& config = options.config;
  SparsificationOptions how;
  how.out = options.out.empty() ? fs::path("sparsified") / default_run_name(config) : fs::path(options.out);
  how.dense_cache =
      config.dense_cache.empty() ? fs::path(config.data_dir) / "dense" : fs::path(config.dense_cache);
  how.stages.clear();
  for (const std::string& stage : options.stages) how.stages.insert(parse_stage(stage));
  how.export_file = options.export_file;
  how.resume = options.resume;
  return how;
}

void print_epoch(const SparsifyEpoch& e) {
  const std::string validation =
      e.validation ? fmt::format("  validation {:5.2f} %", 100 * *e.validation) : "";
  fmt::print("  {:<9} epoch {:>3}/{}  lr {:g}  loss {:.4f}  {:.1f} s{}\n", stage_name(e.stage), e.epoch,
             e.epochs, e.lr, e.loss, e.seconds, validation);
  std::fflush(stdout);
}

void print_stage(const StageResult& r) {
  fmt::print("{}: {} epochs ({}{}), accuracy {:.2f} %", stage_name(r.state.stage), r.state.epochs(),
             stage_end_text(r.state.end),
             r.trained ? fmt::format(", {:.0f} s", r.state.seconds) : ", found on disk", 100 * r.accuracy);
  if (r.masked_accuracy) fmt::print(", {:.2f} % with the mask", 100 * *r.masked_accuracy);
  if (r.count.zeros() > 0)
    fmt::print(", compression {:.1f} ({} of {} parameters are left)", r.count.compression(),
               r.count.parameters() - r.count.zeros(), r.count.parameters());
  fmt::print("\n");
  std::fflush(stdout);
}

void print_packed(const PackedExport& packed, const SparsityCount& count) {
  fmt::print(
      "{}: {} bytes, of which {} of places and {} of weights; {} bytes before: compression {:.1f} in bytes, "
      "{:.1f} in weights\n",
      packed.file.string(), packed.size.file, packed.size.of_weights.index, packed.size.of_weights.values,
      packed.dense_bytes, packed.compression(), count.compression());
}

void print_layers(const SparsityCount& count) {
  fmt::print("{:<14} {:>10} {:>10} {:>9}\n", "tensor", "parameters", "left", "sparsity");
  for (const TensorCount& t : count.tensors)
    fmt::print("{:<14} {:>10} {:>10} {:>8.2f}%\n", t.name, t.parameters, t.parameters - t.zeros,
               100 * t.sparsity());
}

void run_sparsify(const SparsifyCommand& options) {
  const SparsifyRecipe& recipe = options.config.recipe;
  check_recipe(recipe);
  find_network_plan(recipe.model);
  SparsificationOptions how = how_of(options);
  how.on_epoch = print_epoch;
  how.on_stage = print_stage;
  how.progress = console_progress();
  const PixelData data =
      load_pixels(options.config.dataset, options.config.data_dir, options.config.train_images, how.progress);
  fmt::print("{} on {}, {} training and {} test images, {}{} with C = {}, into {}\n", recipe.model,
             data.dataset, data.train.count(), data.test.count(), recipe.complex ? "complex " : "",
             recipe.method, recipe.c, how.out.string());
  std::fflush(stdout);
  const StageResult last = sparsify(recipe, data, how).back();
  print_layers(last.count);
  if (last.packed) print_packed(*last.packed, last.count);
}

std::string names_of(const std::vector<NetworkPlan>& plans) {
  std::string text;
  for (const NetworkPlan& plan : plans)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", plan.name, plan.summary);
  return text;
}

/// A row of the options table as an option of the command, with its help and default.
void add_option(CLI::App& command, const SparsifyOption& row, SparsifyConfig& config) {
  const std::string name = "--" + row.name, help = row.name == "model" ? names_of(network_plans()) : row.help;
  std::visit(
      [&](auto field) {
        auto& value = field(config);
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>)
          command.add_flag(name, value, help);
        else if constexpr (std::is_same_v<Value, EarlyStages>)
          command.add_option_function<std::string>(
              name, [&](const std::string& text) { set_option(row, text, config); }, help);
        else
          command.add_option(name, value, help)->capture_default_str();
      },
      row.field);
}

}  // namespace

void add_sparsify_command(CLI::App& app) {
  const auto options = std::make_shared<SparsifyCommand>();
  CLI::App* command = app.add_subcommand("sparsify",
                                         "Train a network, learn which of its weights can be told apart from "
                                         "noise (variational dropout or automatic "
                                         "relevance determination), drop the others and fine-tune the rest");
  for (const SparsifyOption& row : sparsify_options()) add_option(*command, row, options->config);
  command
      ->add_option("--stages", options->stages,
                   "The stages to train, of dense, sparsify, fine-tune; others are taken from --out")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--out", options->out,
                      "Folder of the run; default: sparsified/ and a name made of the options");
  command->add_option(
      "--export", options->export_file,
      "File for the fine-tuned network: its weights that are left and the cheapest index of their places");
  command->add_flag("--resume", options->resume,
                    "Take the stages that are done in --out, and go on with one that was stopped");
  command->callback([options] { run_sparsify(*options); });
}

}  // namespace packrat
