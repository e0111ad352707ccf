#include "engine/sparsify/sparsify_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/core/utf8.h"
#include "engine/sparsify/epoch_schedule.h"

namespace packrat {
namespace {

using C = SparsifyConfig;
using Use = SparsifyOption::Use;

std::string schedule_names() {
  std::vector<std::string_view> names;
  for (const EpochSchedule& schedule : epoch_schedules()) names.push_back(schedule.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

template <typename T>
std::string text_of(const T& value) {
  return fmt::format("{}", value);
}
std::string text_of(const EarlyStages& stages) {
  std::vector<std::string_view> names;
  for (const SparsifyStage stage : kSparsifyStages)
    if (stages[static_cast<std::size_t>(stage)]) names.push_back(stage_name(stage));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ","));
}

template <typename T>
bool read_value(const std::string& text, T& value) {
  return parse_value(text, value);
}
bool read_value(const std::string& text, EarlyStages& stages) {
  stages = {};
  if (text == "none") return true;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');)
    stages[static_cast<std::size_t>(parse_stage(word))] = true;
  return !text.empty();
}

}  // namespace

const std::vector<SparsifyOption>& sparsify_options() {
  static const std::vector<SparsifyOption> table{
      {"model", [](C& c) -> std::string& { return c.recipe.model; }, "Network", Use::kInName},
      {"dataset", [](C& c) -> std::string& { return c.dataset; },
       "fashion-mnist, mnist, cifar10, or another data set of `packrat data list`; of --model head its own",
       Use::kInName},
      {"data_dir", [](C& c) -> std::string& { return c.data_dir; }, "Folder of the data sets", Use::kPlace},
      {"train_images", [](C& c) -> std::int64_t& { return c.train_images; },
       "Training images, the same share of every class; 0 for all, the default of --model head"},
      {"method", [](C& c) -> std::string& { return c.recipe.method; },
       "vd: variational dropout; ard: automatic relevance determination; vd-approximate: variational dropout "
       "without the exponential integral, of complex weights",
       Use::kInName},
      {"complex", [](C& c) -> bool& { return c.recipe.complex; }, "Complex weights and activations",
       Use::kInName},
      {"C", [](C& c) -> double& { return c.recipe.c; }, "Weight of the penalty: more drops more weights",
       Use::kInName},
      {"kl_scale", [](C& c) -> double& { return c.recipe.kl_scale; },
       "The penalty's other factor; 0: 1 over the training images"},
      {"threshold", [](C& c) -> double& { return c.recipe.threshold; },
       "Weights with log alpha above it are dropped"},
      {"dense_epochs", [](C& c) -> std::int64_t& { return c.recipe.epochs[0]; },
       "Epochs of the dense network; of --model head 0 by default: the head as it is"},
      {"sparsify_epochs", [](C& c) -> std::int64_t& { return c.recipe.epochs[1]; },
       "Epochs with the penalty"},
      {"finetune_epochs", [](C& c) -> std::int64_t& { return c.recipe.epochs[2]; },
       "Epochs of the weights that are left"},
      {"early_stop", [](C& c) -> EarlyStages& { return c.recipe.early_stop; },
       "Stages that end when the validation accuracy gets no better: sparsify,fine-tune; or none"},
      {"patience", [](C& c) -> std::int64_t& { return c.recipe.early.patience; },
       "Scores without a new best that are borne"},
      {"cooldown", [](C& c) -> std::int64_t& { return c.recipe.early.cooldown; },
       "Epochs between two scores"},
      {"rtol", [](C& c) -> double& { return c.recipe.early.rtol; },
       "A score this share of the best below it ends the stage ..."},
      {"atol", [](C& c) -> double& { return c.recipe.early.atol; }, "... if it is also this much below it"},
      {"schedule", [](C& c) -> std::string& { return c.recipe.schedule; },
       "How the learning rate falls: " + schedule_names()},
      {"lr", [](C& c) -> double& { return c.recipe.lr; }, "Adam's learning rate at first"},
      {"clip_norm", [](C& c) -> double& { return c.recipe.clip_norm; },
       "Gradients are scaled down to this norm; 0: never"},
      {"batch_size", [](C& c) -> std::int64_t& { return c.recipe.batch_size; }, "Images a step"},
      {"seed", [](C& c) -> std::uint64_t& { return c.recipe.seed; },
       "Seed of everything random; the choice of images does not depend on it", Use::kInName},
      {"dense_cache", [](C& c) -> std::string& { return c.dense_cache; },
       "Folder of dense networks, shared between runs; default: DATA_DIR/dense", Use::kPlace},
  };
  return table;
}

const SparsifyOption& find_sparsify_option(const std::string& name) {
  for (const SparsifyOption& option : sparsify_options())
    if (option.name == name) return option;
  throw UserError(fmt::format("unknown option of `packrat sparsify`: '{}'", name));
}

void set_option(const SparsifyOption& option, const std::string& text, SparsifyConfig& config) {
  if (!std::visit([&](auto field) { return read_value(text, field(config)); }, option.field))
    throw UserError(fmt::format("--{} is '{}', but needs a value like {}", option.name, printable(text),
                                value_text(option, SparsifyConfig{})));
}

std::string value_text(const SparsifyOption& option, const SparsifyConfig& config) {
  SparsifyConfig copy = config;  // fields give the place to write to
  return std::visit([&](auto field) { return text_of(field(copy)); }, option.field);
}

SparsifyConfig default_config(const std::string& model) {
  SparsifyConfig config;
  config.recipe.model = model;
  if (model == kHeadModel) {
    config.dataset.clear();
    config.train_images = 0;
    config.recipe.epochs[0] = 0;
  }
  return config;
}

std::string default_run_name(const SparsifyConfig& config) {
  const SparsifyRecipe& r = config.recipe;
  const SparsifyConfig usual = default_config(r.model);
  std::string name = fmt::format("{}-{}-{}{}-C{}-seed{}", r.model, config.dataset,
                                 r.complex ? "complex-" : "", r.method, r.c, r.seed);
  for (const SparsifyOption& option : sparsify_options()) {
    const std::string value = value_text(option, config);
    if (option.use == Use::kChange && value != value_text(option, usual))
      name += fmt::format("_{}-{}", option.name, value);
  }
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ',' || c == '/' || c == ' '; }, '-');
  return name;
}

}  // namespace packrat
