#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "engine/core/build_info.h"
#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "engine/core/file_lock.h"
#include "engine/core/files.h"
#include "engine/core/timer.h"
#include "engine/data/class_subset.h"
#include "engine/data/dataset.h"
#include "engine/data/feature_dataset.h"
#include "engine/studies/pretraining/pretraining.h"
#include "engine/topology/backbone.h"
#include "engine/topology/fused.h"
#include "models/weights_io.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

struct PretrainCommand {
  std::string arch = "resnet18", dataset = "tinyimagenet", classes, data_dir = "data", out, dtype = "auto";
  std::int64_t size = 32, threads = 0;
  bool half = false, resume = false, overwrite = false;
  PretrainRecipe recipe;
};

constexpr std::int64_t kPretrainSide = 32;

/// A split in memory.
struct HeldImages {
  explicit HeldImages(const ImageSet& set) : pixels(set.pixels()), labels(set.labels) {}
  LabelledImages view() const {
    return {pixels.data(), labels.data(), static_cast<std::int64_t>(labels.size())};
  }
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint16_t> labels;
};

int thread_count(const PretrainCommand& options) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  return options.threads > 0 ? static_cast<int>(options.threads) : static_cast<int>(cores);
}

void check(const PretrainCommand& options) {
  require_images(options.dataset, "packrat pretrain");
  if (options.size != kPretrainSide)
    throw UserError(fmt::format("--size {}: networks are trained on {}x{} images; leave it out, or give {}",
                                options.size, kPretrainSide, kPretrainSide, kPretrainSide));
  fused_layers(find_backbone(options.arch).whole(2));  // refuses what cannot be trained
  if (fs::is_directory(options.out))
    throw UserError(fmt::format("--out {} is a folder: name a file in it, such as {}", options.out,
                                (fs::path(options.out) / (options.arch + ".safetensors")).string()));
}

/// The data set, only the chosen classes of it.
Dataset load_data(const PretrainCommand& options) {
  Dataset dataset = load_dataset(options.dataset, options.data_dir, console_progress());
  if (!options.classes.empty())
    keep_classes(dataset, parse_class_list(options.classes, dataset.info.classes));
  return dataset;
}

PretrainRecipe recipe_of(const PretrainCommand& options, const Dataset& dataset) {
  PretrainRecipe recipe = options.recipe;
  recipe.architecture = options.arch;
  recipe.type = parse_training_type(options.dtype);
  recipe.classes = static_cast<std::int64_t>(dataset.class_names.size());
  recipe.mean = dataset.info.mean;
  recipe.std = dataset.info.std;
  return recipe;
}

/// A command that trains the same weights again, wherever the data lie.
std::string command_text(const PretrainCommand& options, const PretrainRecipe& recipe) {
  return fmt::format(
      "packrat pretrain --arch {} --dataset {}{} --epochs {} --batch_size {} --lr {} --momentum {} "
      "--weight_decay {} --label_smoothing {} --seed {} --dtype {}{} --out {}",
      options.arch, options.dataset, options.classes.empty() ? "" : " --classes " + options.classes,
      recipe.epochs, recipe.batch_size, recipe.lr, recipe.momentum, recipe.weight_decay,
      recipe.label_smoothing, recipe.seed, training_type_name(recipe.type), options.half ? " --half" : "",
      fs::path(options.out).filename().string());
}

/// What another command made is not lost by mistake.
void refuse_other_weights(const PretrainCommand& options, const PretrainRecipe& recipe) {
  std::error_code failed;
  if (!fs::is_regular_file(options.out, failed) || fs::is_empty(options.out, failed)) return;
  std::string there = "something else";
  try {
    const WeightsFile file = read_weights(options.out);
    if (file.metadata.count("command") > 0) there = file.metadata.at("command");
  } catch (const Error&) {  // no weights at all, or damaged ones
  }
  if (there != command_text(options, recipe))
    throw UserError(fmt::format("{} is there already, made by `{}`: name another file, or give --overwrite",
                                options.out, there));
}

std::map<std::string, std::string> metadata_of(const PretrainCommand& options, const PretrainRecipe& recipe,
                                               const Dataset& dataset, const Scores& scores) {
  return {{"architecture", options.arch},
          {"batch_parts", "128 images, each with its own batch norm statistics"},
          {"command", command_text(options, recipe)},
          {"data", dataset.info.display_name},
          {"data_sha256", dataset.sha256},
          {"classes", options.classes.empty() ? fmt::format("all {}", recipe.classes) : options.classes},
          {"epochs", fmt::format("{}", recipe.epochs)},
          {"mean", fmt::format("{}", fmt::join(recipe.mean, " "))},
          {"std", fmt::format("{}", fmt::join(recipe.std, " "))},
          {"seed", fmt::format("{}", recipe.seed)},
          {"recipe", recipe_text(recipe)},
          {"training_images", fmt::format("{}", dataset.train.count())},
          {"validation_images", fmt::format("{}", dataset.test.count())},
          {"validation_top1", fmt::format("{:.4f}", scores.top1)},
          {"validation_top5", fmt::format("{:.4f}", scores.top5)},
          {"version", "packrat " + version()}};
}

void print_epoch(const EpochResult& result, std::int64_t epochs, double images_per_second) {
  fmt::print("  epoch {:>3}/{}  lr {:.5f}  loss {:.4f}  top-1 {:5.2f} %  top-5 {:5.2f} %  {:.0f} images/s\n",
             result.epoch, epochs, result.lr, result.loss, 100 * result.validation.top1,
             100 * result.validation.top5, images_per_second);
  std::fflush(stdout);
}

void run_pretraining(const PretrainCommand& options) {
  need_tensors();
  check(options);
  check_outputs({{"--out", options.out}, {"the checkpoint", options.out + ".checkpoint"}});
  const FileLock alone(options.out + ".lock", refuse_while_held(options.out));
  const Dataset dataset = load_data(options);
  const PretrainRecipe recipe = recipe_of(options, dataset);
  if (!options.overwrite) refuse_other_weights(options, recipe);
  fmt::print("{} on {}: {} training and {} validation images of {} classes, {}, {} thread(s)\n", options.arch,
             dataset.info.display_name, dataset.train.count(), dataset.test.count(), recipe.classes,
             training_type_name(recipe.type), thread_count(options));
  std::fflush(stdout);
  PretrainOptions how;
  how.threads = thread_count(options);
  how.checkpoint = options.out + ".checkpoint";
  how.resume = options.resume && fs::exists(*how.checkpoint);  // a job that always gives it begins, too
  how.data_id = dataset.sha256 + (options.classes.empty() ? "" : " classes " + options.classes);
  how.progress = console_progress();
  how.on_epoch = [&](const EpochResult& result, double rate) { print_epoch(result, recipe.epochs, rate); };
  const HeldImages train(dataset.train), test(dataset.test);
  const Timer timer;
  const Pretrained trained = pretrain(recipe, train.view(), test.view(), how);
  const StateDict weights = options.half ? half_precision(trained.weights) : trained.weights;
  const Scores scores = score(recipe, weights, test.view(), how.threads);
  write_safetensors(options.out, weights, metadata_of(options, recipe, dataset, scores));
  std::error_code ignored;
  fs::remove(*how.checkpoint, ignored);
  fmt::print("{} ({}) after {:.0f} s: top-1 {:.2f} %, top-5 {:.2f} % of {} validation images, in float32\n",
             options.out, format_byte_size(static_cast<std::int64_t>(fs::file_size(options.out))),
             timer.seconds(), 100 * scores.top1, 100 * scores.top5, dataset.test.count());
}

}  // namespace

void add_pretrain_command(CLI::App& app) {
  const auto options = std::make_shared<PretrainCommand>();
  CLI::App* command = app.add_subcommand(
      "pretrain",
      "Train a whole ResNet from scratch, to be cut into an encoder: `packrat run --weights FILE`");
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    return command->add_option(name, value, help)->capture_default_str();
  };
  add("--arch", options->arch, "resnet18 or resnet34");
  add("--dataset", options->dataset,
      "tinyimagenet, cifar10, cifar100, or folder:DIR, a folder of pictures by class");
  add("--classes", options->classes, "Only these labels, such as 0-49 or 0-4,7; default: all");
  add("--data_dir", options->data_dir, "Folder of the data sets");
  add("--out", options->out, "The weights, a safetensors file with torchvision's names")->required();
  PretrainRecipe& recipe = options->recipe;
  add_number(*command, "--epochs", recipe.epochs, "Passes over the training images", {1, 1'000'000})
      ->required();
  add_number(*command, "--batch_size", recipe.batch_size, "Images a step", {2, 65536});
  add_number(*command, "--lr", recipe.lr, "Highest learning rate of the one-cycle schedule", {1e-12, 1e3});
  add_number(*command, "--momentum", recipe.momentum, "Nesterov momentum", {0, 1});
  add_number(*command, "--weight_decay", recipe.weight_decay, "Of convolutions and the last layer's matrix",
             {0, 1});
  add_number(*command, "--label_smoothing", recipe.label_smoothing,
             "Share of a label spread over all classes", {0, 1});
  add_number(*command, "--seed", recipe.seed, "Random seed of the whole training");
  add_number(*command, "--size", options->size, "Side of the images; only 32");
  add("--dtype", options->dtype,
      "Type of maps and products: float32, bfloat16, or auto (bfloat16 where the processor has it)");
  add_number(*command, "--threads", options->threads,
             "Threads, which do not change the result; 0 means all cores", {0, 1024});
  command->add_flag("--half", options->half, "Write matrices as float16: half the file");
  command->add_flag("--overwrite", options->overwrite, "Replace weights that were made with other options");
  command->add_flag(
      "--resume", options->resume,
      "Continue from the checkpoint that an interrupted training left beside --out, if there is one");
  command->callback([options] { run_pretraining(*options); });
}

}  // namespace packrat
