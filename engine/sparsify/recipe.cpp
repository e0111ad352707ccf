#include "engine/sparsify/recipe.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/core/error.h"
#include "engine/sparsify/epoch_schedule.h"

namespace packrat {
namespace {

void require(bool sound, std::string_view option, double value, std::string_view range) {
  if (!sound) throw UserError(fmt::format("--{} {}: choose {}", option, value, range));
}

void require_positive(std::string_view option, double value) {
  require(value > 0 && std::isfinite(value), option, value, "a number above 0");
}

void require_not_negative(std::string_view option, double value) {
  require(value >= 0 && std::isfinite(value), option, value, "a number of at least 0");
}

std::size_t index_of(SparsifyStage stage) {
  return static_cast<std::size_t>(stage);
}

/// The part of the text that one stage adds.
std::string stage_text(const SparsifyRecipe& r, SparsifyStage stage) {
  const std::size_t i = index_of(stage);
  std::string text = fmt::format("{} epochs = {}\n", stage_name(stage), r.epochs[i]);
  if (r.early_stop[i])
    text += fmt::format("{} early stop = patience {}, cooldown {}, rtol {}, atol {}\n", stage_name(stage),
                        r.early.patience, r.early.cooldown, r.early.rtol, r.early.atol);
  if (stage == SparsifyStage::kSparsify)
    text += fmt::format("method = {}\nC = {}\nkl_scale = {}\n", r.method, r.c, r.kl_scale);
  if (stage == SparsifyStage::kFineTune) text += fmt::format("threshold = {}\n", r.threshold);
  return text;
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
  require_not_negative("C", r.c);
  require_not_negative("kl_scale", r.kl_scale);
  require(std::isfinite(r.threshold), "threshold", r.threshold, "a number");
  require_positive("lr", r.lr);
  require_not_negative("clip_norm", r.clip_norm);
  require(r.batch_size >= 1, "batch_size", static_cast<double>(r.batch_size), "at least 1");
  for (const SparsifyStage stage : kSparsifyStages) {
    const auto epochs = static_cast<double>(r.epochs[index_of(stage)]);
    require(epochs >= 0,
            fmt::format("{}_epochs", stage == SparsifyStage::kFineTune ? "finetune" : stage_name(stage)),
            epochs, "at least 0");
  }
  require(r.early.patience >= 1, "patience", static_cast<double>(r.early.patience), "at least 1");
  require(r.early.cooldown >= 0, "cooldown", static_cast<double>(r.early.cooldown), "at least 0");
  require_not_negative("rtol", r.early.rtol);
  require_not_negative("atol", r.early.atol);
}

std::string recipe_text(const SparsifyRecipe& r, SparsifyStage stage, const std::string& data) {
  std::string text = fmt::format(
      "data = {}\nmodel = {}\nweights = {}\nschedule = {}\nlr = {}\nclip_norm = {}\nbatch_size = {}\nseed = "
      "{}\n",
      data, r.model, r.complex ? "complex" : "real", r.schedule, r.lr, r.clip_norm, r.batch_size, r.seed);
  for (const SparsifyStage past : kSparsifyStages)
    if (index_of(past) <= index_of(stage)) text += stage_text(r, past);
  return text;
}

}  // namespace packrat
