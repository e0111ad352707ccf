#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "engine/sparsify/epoch_schedule.h"
#include "engine/sparsify/sparsification.h"
#include "tools/commands.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

struct SparsifyCommand {
  SparsifyRecipe recipe;
  std::string dataset = "fashion-mnist", data_dir = "data", out, dense_cache, export_file;
  std::int64_t train_images = 10000;
  std::vector<std::string> stages{"dense", "sparsify", "fine-tune"}, early_stop;
  bool resume = false;
};

fs::path out_folder(const SparsifyCommand& options) {
  if (!options.out.empty()) return options.out;
  const SparsifyRecipe& r = options.recipe;
  return fs::path("sparsified") / fmt::format("{}-{}-{}{}-C{}-seed{}", r.model, options.dataset,
                                              r.complex ? "complex-" : "", r.method, r.c, r.seed);
}

SparsifyRecipe recipe_of(const SparsifyCommand& options) {
  SparsifyRecipe recipe = options.recipe;
  for (const std::string& stage : options.early_stop)
    recipe.early_stop[static_cast<std::size_t>(parse_stage(stage))] = true;
  return recipe;
}

SparsificationOptions how_of(const SparsifyCommand& options) {
  SparsificationOptions how;
  how.out = out_folder(options);
  how.dense_cache =
      options.dense_cache.empty() ? fs::path(options.data_dir) / "dense" : fs::path(options.dense_cache);
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
  const SparsifyRecipe recipe = recipe_of(options);
  check_recipe(recipe);
  find_network_plan(recipe.model);
  SparsificationOptions how = how_of(options);
  how.on_epoch = print_epoch;
  how.on_stage = print_stage;
  how.progress = console_progress();
  const PixelData data = load_pixels(options.dataset, options.data_dir, options.train_images, how.progress);
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

std::string schedule_names() {
  std::vector<std::string_view> names;
  for (const EpochSchedule& schedule : epoch_schedules()) names.push_back(schedule.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void add_sparsify_command(CLI::App& app) {
  const auto options = std::make_shared<SparsifyCommand>();
  CLI::App* command = app.add_subcommand("sparsify",
                                         "Train a network, learn which of its weights can be told apart from "
                                         "noise (variational dropout or automatic "
                                         "relevance determination), drop the others and fine-tune the rest");
  SparsifyRecipe& recipe = options->recipe;
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    return command->add_option(name, value, help)->capture_default_str();
  };
  add("--model", recipe.model, names_of(network_plans()));
  add("--dataset", options->dataset,
      "fashion-mnist, mnist, cifar10, or another data set of `packrat data list`");
  add("--data_dir", options->data_dir, "Folder of the data sets");
  add("--train_images", options->train_images, "Training images, the same share of every class; 0 for all");
  add("--method", recipe.method,
      "vd: variational dropout; ard: automatic relevance determination; vd-approximate: variational "
      "dropout without the exponential integral, of complex weights");
  command->add_flag("--complex", recipe.complex, "Complex weights and activations");
  add("--C", recipe.c, "Weight of the penalty: more drops more weights");
  add("--kl_scale", recipe.kl_scale, "The penalty's other factor; 0: 1 over the training images");
  add("--threshold", recipe.threshold, "Weights with log alpha above it are dropped");
  add("--stages", options->stages,
      "The stages to train, of dense, sparsify, fine-tune; others are taken from --out")
      ->delimiter(',');
  add("--dense_epochs", recipe.epochs[0], "Epochs of the dense network");
  add("--sparsify_epochs", recipe.epochs[1], "Epochs with the penalty");
  add("--finetune_epochs", recipe.epochs[2], "Epochs of the weights that are left");
  add("--early_stop", options->early_stop, "Stages that end when the validation accuracy gets no better")
      ->delimiter(',');
  add("--patience", recipe.early.patience, "Scores without a new best that are borne");
  add("--cooldown", recipe.early.cooldown, "Epochs between two scores");
  add("--rtol", recipe.early.rtol, "A score this share of the best below it ends the stage ...");
  add("--atol", recipe.early.atol, "... if it is also this much below it");
  add("--schedule", recipe.schedule, "How the learning rate falls: " + schedule_names());
  add("--lr", recipe.lr, "Adam's learning rate at first");
  add("--clip_norm", recipe.clip_norm, "Gradients are scaled down to this norm; 0: never");
  add("--batch_size", recipe.batch_size, "Images a step");
  add("--seed", recipe.seed, "Seed of everything random; the choice of images does not depend on it");
  add("--out", options->out, "Folder of the run; default: sparsified/ and a name made of the options");
  add("--dense_cache", options->dense_cache,
      "Folder of dense networks, shared between runs; default: DATA_DIR/dense");
  add("--export", options->export_file,
      "File for the fine-tuned network: its weights that are left and the cheapest index of their places");
  command->add_flag("--resume", options->resume,
                    "Take the stages that are done in --out, and go on with one that was stopped");
  command->callback([options] { run_sparsify(*options); });
}

}  // namespace packrat
