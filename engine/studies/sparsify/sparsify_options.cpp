#include "engine/studies/sparsify/sparsify_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/core/utf8.h"
#include "engine/studies/sparsify/epoch_schedule.h"

namespace packrat {
namespace {

using C = SparsifyConfig;

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const EpochSchedule& schedule : epoch_schedules()) names.emplace_back(schedule.name);
  return names;
}

using packrat::text_of;  // of the other types
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

constexpr double kAnyReal = std::numeric_limits<double>::max();
constexpr std::int64_t kMany = 1'000'000'000;

AnyRange whole(std::int64_t least) {
  return Range<std::int64_t>{least, kMany};
}
AnyRange real(double least) {
  return Range<double>{least, kAnyReal};
}
AnyRange above_zero() {
  return Range<double>{0, kAnyReal, "", true};
}

/// A row while the table is written.
struct SparsifyRow {
  SparsifyOption& option;

  SparsifyRow& in(AnyRange range) { return option.range = std::move(range), *this; }
  SparsifyRow& one_of(std::vector<std::string> texts) { return option.choices = std::move(texts), *this; }
  SparsifyRow& such_as(std::vector<std::string> words) { return option.words = std::move(words), *this; }
  SparsifyRow& of(SparsifyStage stage) { return option.stage = stage, *this; }
  SparsifyRow& of_all() { return of(SparsifyStage::kDense); }
  SparsifyRow& placed() { return option.placed = true, *this; }
  SparsifyRow& in_list(std::string name) { return option.list = std::move(name), *this; }
  SparsifyRow& place() { return option.role = Role::kPlace, *this; }
};

std::vector<SparsifyOption> make_table() {
  std::vector<SparsifyOption> table;
  const auto add = [&](const char* name, SparsifyField field, std::string help) -> SparsifyRow {
    SparsifyOption& row = table.emplace_back();
    row.name = name;
    row.field = field;
    row.help = std::move(help);
    return SparsifyRow{row};
  };
  const auto text = [&](const char* name, std::string& (*field)(C&), std::string help) {
    return add(name, field, std::move(help));
  };
  const auto count = [&](const char* name, std::int64_t& (*field)(C&), std::int64_t least, const char* help) {
    return add(name, field, help).in(whole(least));
  };
  const auto number = [&](const char* name, double& (*field)(C&), AnyRange range, const char* help) {
    return add(name, field, help).in(std::move(range));
  };
  text(
      "model", [](C& c) -> std::string& { return c.recipe.model; }, "Network")
      .placed()
      .of_all();
  text(
      "dataset", [](C& c) -> std::string& { return c.dataset; },
      "fashion-mnist, mnist, cifar10, or another data set of `packrat data list`; of --model head its own")
      .placed();
  text(
      "data_dir", [](C& c) -> std::string& { return c.data_dir; }, "Folder of the data sets")
      .place();
  count(
      "train_images", [](C& c) -> std::int64_t& { return c.train_images; }, 0,
      "Training images, the same fraction of each class; 0: all, the default of --model head");
  text(
      "method", [](C& c) -> std::string& { return c.recipe.method; },
      "vd: variational dropout; ard: automatic relevance determination; vd-approximate: variational dropout "
      "without the exponential integral, of complex weights")
      .such_as({"vd", "ard", "vd-approximate"})
      .placed()
      .of(SparsifyStage::kSparsify);
  add(
      "complex", +[](C& c) -> bool& { return c.recipe.complex; }, "Complex weights and activations")
      .placed()
      .of_all();
  number(
      "C", [](C& c) -> double& { return c.recipe.c; }, real(0),
      "Weight of the penalty: a larger one drops more weights")
      .placed()
      .of(SparsifyStage::kSparsify);
  number(
      "kl_scale", [](C& c) -> double& { return c.recipe.kl_scale; }, real(0),
      "Scale of the penalty beside C; 0: 1 / number of training images")
      .of(SparsifyStage::kSparsify);
  number(
      "threshold", [](C& c) -> double& { return c.recipe.threshold; }, real(-kAnyReal),
      "Weights with log alpha above it are dropped")
      .of(SparsifyStage::kFineTune);
  count(
      "dense_epochs", [](C& c) -> std::int64_t& { return c.recipe.epochs[0]; }, 0,
      "Epochs of training the dense network; with --model head 0 by default: the head as it is")
      .in_list("epochs");
  count(
      "sparsify_epochs", [](C& c) -> std::int64_t& { return c.recipe.epochs[1]; }, 0,
      "Epochs of training with the penalty")
      .in_list("epochs");
  count(
      "finetune_epochs", [](C& c) -> std::int64_t& { return c.recipe.epochs[2]; }, 0,
      "Epochs of fine-tuning the weights that are left")
      .in_list("epochs");
  add(
      "early_stop", +[](C& c) -> EarlyStages& { return c.recipe.early_stop; },
      "Stages to stop early, once the validation accuracy no longer improves: sparsify,fine-tune; or none");
  count(
      "patience", [](C& c) -> std::int64_t& { return c.recipe.early.patience; }, 1,
      "Scores in a row without a new best that are tolerated");
  count(
      "cooldown", [](C& c) -> std::int64_t& { return c.recipe.early.cooldown; }, 0,
      "Epochs between two scores");
  number(
      "rtol", [](C& c) -> double& { return c.recipe.early.rtol; }, real(0),
      "A stage stops early when a score is below the best by this fraction of it ...");
  number(
      "atol", [](C& c) -> double& { return c.recipe.early.atol; }, real(0), "... and by this much");
  text(
      "schedule", [](C& c) -> std::string& { return c.recipe.schedule; },
      fmt::format("Learning-rate schedule: {}", fmt::join(schedule_names(), ", ")))
      .one_of(schedule_names())
      .of_all();
  number(
      "lr", [](C& c) -> double& { return c.recipe.lr; }, above_zero(), "Initial learning rate of Adam")
      .of_all();
  number(
      "clip_norm", [](C& c) -> double& { return c.recipe.clip_norm; }, real(0),
      "Clip the gradient to this norm; 0 turns clipping off")
      .of_all();
  count(
      "batch_size", [](C& c) -> std::int64_t& { return c.recipe.batch_size; }, 1, "Images per step")
      .of_all();
  add(
      "seed", +[](C& c) -> std::uint64_t& { return c.recipe.seed; },
      "Random seed of the whole sparsification; the choice of images does not depend on it")
      .placed()
      .of_all();
  text(
      "dense_cache", [](C& c) -> std::string& { return c.dense_cache; },
      "Folder of dense networks, shared between runs; default: DATA_DIR/dense")
      .place();
  return table;
}

}  // namespace

const std::vector<SparsifyOption>& sparsify_options() {
  static const std::vector<SparsifyOption> table = make_table();
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
  return std::visit([&](auto field) { return text_of(field_in(config, field)); }, option.field);
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

nlohmann::ordered_json stored_options(const SparsifyConfig& config) {
  SparsifyConfig stored = config;
  if (stored.recipe.kl_scale <= 0) stored.recipe.kl_scale = 1.0 / static_cast<double>(stored.train_images);
  nlohmann::ordered_json json;
  for (const SparsifyOption& option : sparsify_options()) {
    if (option.role != Role::kResult) continue;
    std::visit(
        [&](auto field) {
          const auto& value = field_in(std::as_const(stored), field);
          if (option.list.empty())
            json[option.name] = value;
          else
            json[option.list].push_back(value);
        },
        option.field);
  }
  return json;
}

std::string default_run_name(const SparsifyConfig& config) {
  const SparsifyRecipe& r = config.recipe;
  const SparsifyConfig usual = default_config(r.model);
  std::string name = fmt::format("{}-{}-{}{}-C{}-seed{}", r.model, config.dataset,
                                 r.complex ? "complex-" : "", r.method, r.c, r.seed);
  for (const SparsifyOption& option : sparsify_options()) {
    const std::string value = value_text(option, config);
    if (option.role == Role::kResult && !option.placed && value != value_text(option, usual))
      name += fmt::format("_{}-{}", option.name, value);
  }
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ',' || c == '/' || c == ' '; }, '-');
  return name;
}

}  // namespace packrat
