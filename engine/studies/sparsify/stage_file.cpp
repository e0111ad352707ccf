#include "engine/studies/sparsify/stage_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/training_file.h"
#include "models/weights_io.h"

namespace packrat {
namespace {

constexpr const char* kMoment = "adam.";

constexpr TrainingFile file_kind(const char* other_remedy) {
  return {
      {"packrat_sparsify", "a stage of a sparsification", "delete it"}, "recipe", "options", other_remedy};
}

// JSON has no infinity: before the first score the best one is null.
nlohmann::json to_json(const EarlyStopper::State& early) {
  nlohmann::json json{{"wait", early.wait},
                      {"breached", early.breached},
                      {"next_epoch", early.next_epoch},
                      {"history", early.history},
                      {"best", nullptr}};
  if (std::isfinite(early.best)) json["best"] = early.best;
  return json;
}

EarlyStopper::State early_from(const nlohmann::json& json) {
  EarlyStopper::State early;
  early.wait = json.at("wait");
  early.breached = json.at("breached");
  early.next_epoch = json.at("next_epoch");
  for (const auto& value : json.at("history"))
    early.history.push_back(value.is_null() ? std::nan("") : value.get<double>());
  if (!json.at("best").is_null()) early.best = json.at("best");
  return early;
}

nlohmann::json to_json(const StageState& state) {
  return {{"stage", stage_name(state.stage)}, {"end", static_cast<int>(state.end)}, {"losses", state.losses},
          {"seconds", state.seconds},         {"early", to_json(state.early)},      {"steps", state.steps}};
}

StageState state_from(const nlohmann::json& json) {
  StageState state;
  state.stage = parse_stage(json.at("stage"));
  state.end = static_cast<StageEnd>(json.at("end").get<int>());
  state.losses = json.at("losses").get<std::vector<double>>();
  state.seconds = json.at("seconds");
  state.early = early_from(json.at("early"));
  state.steps = json.at("steps").get<std::vector<std::int64_t>>();
  return state;
}

}  // namespace

std::string stage_end_text(StageEnd end) {
  constexpr const char* kTexts[] = {"not yet", "all epochs", "early", "diverged"};
  return kTexts[static_cast<int>(end)];
}

void save_stage(const std::filesystem::path& path, const StageState& state, const std::string& recipe) {
  StateDict tensors = state.network;
  for (std::size_t i = 0; i < state.moments.size(); ++i)
    tensors.emplace_back(fmt::format("{}{}", kMoment, i), state.moments[i]);
  write_safetensors(path, tensors, training_metadata(file_kind(""), to_json(state), recipe));
}

std::optional<StageState> load_stage(const std::filesystem::path& path, const std::string& recipe,
                                     const std::string& remedy) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return std::nullopt;
  const TrainingFile kind = file_kind(remedy.c_str());
  WeightsFile file = read_own_file(path, kind.own);
  StageState state;
  read_training_metadata(path, kind, file.metadata, recipe,
                         [&](const nlohmann::json& json) { state = state_from(json); });
  for (const auto& [name, tensor] : file.tensors)
    if (name.rfind(kMoment, 0) == 0)
      state.moments.push_back(tensor);
    else
      state.network.emplace_back(name, tensor);
  if (state.moments.size() != 2 * state.steps.size())
    throw UserError(fmt::format("{} is damaged: delete it", path.string()));
  return state;
}

}  // namespace packrat
