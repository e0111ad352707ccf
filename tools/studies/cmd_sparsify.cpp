#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "engine/core/error.h"
#include "engine/studies/sparsify/sparsification.h"
#include "engine/studies/sparsify/sparsify_options.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

struct SparsifyCommand {
  SparsifyConfig config;
  std::string out, export_file;
  std::vector<std::string> stages{"dense", "sparsify", "fine-tune"};
  std::string head, buffer, weights;
  std::int64_t threads = 0;
  bool resume = false;
};

/// A head's run is named after its file, not after the data set.
fs::path out_folder(const SparsifyCommand& options) {
  if (!options.out.empty()) return options.out;
  SparsifyConfig named = options.config;
  if (named.recipe.model == kHeadModel) named.dataset = fs::path(options.head).stem().string();
  return fs::path("sparsified") / default_run_name(named);
}

SparsificationOptions how_of(const SparsifyCommand& options) {
  const SparsifyConfig& config = options.config;
  SparsificationOptions how;
  how.out = out_folder(options);
  how.dense_cache =
      config.dense_cache.empty() ? fs::path(config.data_dir) / "dense" : fs::path(config.dense_cache);
  how.stages.clear();
  for (const std::string& stage : options.stages) how.stages.insert(parse_stage(stage));
  how.export_file = options.export_file;
  how.resume = options.resume;
  return how;
}

void print_sparsify_epoch(const SparsifyEpoch& e) {
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
      packed.file.empty() ? "packed, with --export" : packed.file.string(), packed.size.file,
      packed.size.of_weights.index, packed.size.of_weights.values, packed.dense_bytes, packed.compression(),
      count.compression());
}

void print_layers(const SparsityCount& count) {
  fmt::print("{:<14} {:>10} {:>10} {:>9}\n", "tensor", "parameters", "left", "sparsity");
  for (const TensorCount& t : count.tensors)
    fmt::print("{:<14} {:>10} {:>10} {:>8.2f}%\n", t.name, t.parameters, t.parameters - t.zeros,
               100 * t.sparsity());
}

/// Accuracy against bytes: all parameters as float32, or the packed file.
void print_sizes(const std::vector<StageResult>& results) {
  fmt::print("{:<10} {:>9} {:>10} {:>12}\n", "stage", "accuracy", "left", "bytes");
  for (const StageResult& r : results) {
    const std::int64_t left = r.count.parameters() - r.count.zeros();
    const std::int64_t bytes =
        r.packed ? r.packed->size.file : static_cast<std::int64_t>(sizeof(float)) * r.count.parameters();
    if (r.packed || r.state.stage == SparsifyStage::kDense)
      fmt::print("{:<10} {:>7.2f} % {:>10} {:>12}\n", stage_name(r.state.stage), 100 * r.accuracy, left,
                 bytes);
  }
}

/// What is trained on, and, of a head, with what.
PixelData load_input(const SparsifyCommand& options, SparsificationOptions& how) {
  const SparsifyConfig& config = options.config;
  if (config.recipe.model != kHeadModel)
    return load_pixels(config.dataset, config.data_dir, config.train_images, how.progress);
  HeadTask task = load_head_task({options.head, options.buffer, config.dataset, config.data_dir,
                                  options.weights, options.threads, config.train_images},
                                 how.progress);
  how.head = std::move(task.head);
  return std::move(task.data);
}

void check_model(const SparsifyCommand& options) {
  const bool head = options.config.recipe.model == kHeadModel;
  if (!head) find_network_plan(options.config.recipe.model);
  if (head && (options.head.empty() || options.buffer.empty()))
    throw UserError(
        "--model head takes the head and the buffer of a run: give --head FILE (packrat run --save_model) "
        "and --buffer FILE (packrat run --save_buffer)");
  if (!head && !(options.head.empty() && options.buffer.empty()))
    throw UserError(fmt::format("--head and --buffer belong to --model head, not to --model {}",
                                options.config.recipe.model));
  if (head && options.config.recipe.complex)
    throw UserError("--model head has batch norms, which are real: leave out --complex");
}

void run_sparsify(const SparsifyCommand& options) {
  need_tensors();
  const SparsifyRecipe& recipe = options.config.recipe;
  check_recipe(recipe);
  check_model(options);
  SparsificationOptions how = how_of(options);
  check_stages(how);
  how.on_epoch = print_sparsify_epoch;
  how.on_stage = print_stage;
  how.progress = console_progress();
  const PixelData data = load_input(options, how);
  fmt::print("{} on {}, {} training and {} test images, {}{} with C = {}, into {}\n", recipe.model,
             data.dataset, data.train.count(), data.test.count(), recipe.complex ? "complex " : "",
             recipe.method, recipe.c, how.out.string());
  if (how.head)
    fmt::print(
        "the head of {}: {} bytes held by the run, batch norm statistics and taps without input included\n",
        options.head, how.head->held_bytes);
  std::fflush(stdout);
  const std::vector<StageResult> results = sparsify(recipe, data, how);
  print_layers(results.back().count);
  print_sizes(results);
  if (results.back().packed) print_packed(*results.back().packed, results.back().count);
}

/// Options whose default depends on the model get it, unless they were given.
void take_defaults(const CLI::App& command, SparsifyConfig& config) {
  const SparsifyConfig usual = default_config(config.recipe.model);
  for (const SparsifyOption& row : sparsify_options())
    if (command.get_option("--" + row.name)->empty()) set_option(row, value_text(row, usual), config);
}

std::string names_of(const std::vector<NetworkPlan>& plans) {
  std::string text;
  for (const NetworkPlan& plan : plans) text += fmt::format("{}: {}; ", plan.name, plan.summary);
  return text + "head: the trained head of a run, with --head and --buffer";
}

/// A row of the options table as an option of the command, with its help and default.
void add_option(CLI::App& command, const SparsifyOption& row, SparsifyConfig& config) {
  const std::string name = "--" + row.name, help = row.name == "model" ? names_of(network_plans()) : row.help;
  std::visit(
      [&](auto field) {
        auto& value = field(config);
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, bool>)
          command.add_flag(name, value, help);
        else
          command
              .add_option_function<std::string>(
                  name, [&row, &config](const std::string& text) { set_option(row, text, config); }, help)
              ->default_str(value_text(row, config));
      },
      row.field);
}

}  // namespace

void add_sparsify_command(CLI::App& app) {
  const auto options = std::make_shared<SparsifyCommand>();
  CLI::App* command =
      app.add_subcommand("sparsify",
                         "Train a network, learn which of its weights can be distinguished from "
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
                    "Take the stages that are done in --out, and continue with one that was stopped");
  command->add_option("--head", options->head, "Of --model head: file written by `packrat run --save_model`");
  command->add_option(
      "--buffer", options->buffer,
      "Of --model head: file written by `packrat run --save_buffer`, whose entries it is trained on");
  command->add_option("--weights", options->weights,
                      "Of --model head: the encoder's weights, when not where the run had them");
  add_number(*command, "--threads", options->threads,
             "Of --model head: threads that encode the test images; 0: all cores", {0, 1024});
  command->callback([options, command] {
    take_defaults(*command, options->config);
    run_sparsify(*options);
  });
}

}  // namespace packrat
