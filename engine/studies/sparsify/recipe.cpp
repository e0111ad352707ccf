#include "engine/studies/sparsify/recipe.h"

#include <fmt/format.h>

#include <type_traits>

#include "engine/core/error.h"
#include "engine/studies/sparsify/epoch_schedule.h"
#include "engine/studies/sparsify/sparsify_options.h"

namespace packrat {
namespace {

std::size_t index_of(SparsifyStage stage) {
  return static_cast<std::size_t>(stage);
}

/// The lines of the options that decide `stage` and those behind it, but none before.
std::string option_lines(const SparsifyConfig& config, SparsifyStage stage) {
  std::string text;
  for (const SparsifyOption& option : sparsify_options())
    if (option.stage == stage)
      text += option.is_flag() ? fmt::format("weights = {}\n", config.recipe.complex ? "complex" : "real")
                               : fmt::format("{} = {}\n", option.name, value_text(option, config));
  return text;
}

/// The part of the text that one stage adds.
std::string stage_text(const SparsifyConfig& config, SparsifyStage stage) {
  const SparsifyRecipe& r = config.recipe;
  const std::size_t i = index_of(stage);
  std::string text = fmt::format("{} epochs = {}\n", stage_name(stage), r.epochs[i]);
  if (r.early_stop[i])
    text += fmt::format("{} early stop = patience {}, cooldown {}, rtol {}, atol {}\n", stage_name(stage),
                        r.early.patience, r.early.cooldown, r.early.rtol, r.early.atol);
  return stage == SparsifyStage::kDense ? text : text + option_lines(config, stage);
}

}  // namespace

std::string_view stage_name(SparsifyStage stage) {
  constexpr std::array<std::string_view, 3> kNames{"dense", "sparsify", "fine-tune"};
  return kNames[index_of(stage)];
}

SparsifyStage parse_stage(const std::string& text) {
  for (const SparsifyStage stage : kSparsifyStages)
    if (text == stage_name(stage)) return stage;
  throw UserError(fmt::format("stage '{}' is not known: choose dense, sparsify, fine-tune", text));
}

Penalty SparsifyRecipe::penalty() const {
  if (method == "vd") return complex ? Penalty::kComplexVd : Penalty::kRealVd;
  if (method == "ard") return complex ? Penalty::kComplexArd : Penalty::kRealArd;
  if (method != "vd-approximate")
    throw UserError(fmt::format("--method {}: choose vd or ard, or vd-approximate with --complex", method));
  if (!complex)
    throw UserError(
        "--method vd-approximate stands for the penalty of complex weights: add --complex, or choose vd or "
        "ard");
  return Penalty::kComplexVdApproximate;
}

void check_recipe(const SparsifyRecipe& r) {
  r.penalty();
  find_epoch_schedule(r.schedule);
  SparsifyConfig config;
  config.recipe = r;
  for (const SparsifyOption& option : sparsify_options())
    std::visit(
        [&](auto field) {
          const auto& value = field_in(config, field);
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>)
            check_range(option.name, value, option.range);
        },
        option.field);
}

std::string recipe_text(const SparsifyRecipe& r, SparsifyStage stage, const std::string& data) {
  SparsifyConfig config;
  config.recipe = r;
  std::string text = fmt::format("data = {}\n", data) + option_lines(config, SparsifyStage::kDense);
  for (const SparsifyStage past : kSparsifyStages)
    if (index_of(past) <= index_of(stage)) text += stage_text(config, past);
  return text;
}

}  // namespace packrat
