#include "engine/studies/pretraining/pretrain_checkpoint.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/training_file.h"
#include "models/weights_io.h"

namespace packrat {
namespace {

constexpr TrainingFile kFile{
    {"packrat_pretraining", "a checkpoint of pretraining", "delete it and leave --resume out"},
    "recipe",
    "recipe",
    "give the same one, or leave --resume out"};

std::string momentum_name(std::size_t i) {
  return fmt::format("momentum.{}", i);
}

nlohmann::json to_json(const PretrainState& state) {
  auto epochs = nlohmann::json::array();
  for (const EpochResult& e : state.epochs)
    epochs.push_back({e.epoch, e.lr, e.loss, e.validation.top1, e.validation.top5});
  return {{"step", state.step}, {"loss_of_epoch", state.loss_of_epoch}, {"epochs", epochs}};
}

void from_json(const nlohmann::json& json, PretrainState& state) {
  state.step = json.at("step");
  state.loss_of_epoch = json.at("loss_of_epoch");
  for (const auto& e : json.at("epochs"))
    state.epochs.push_back({e.at(0), e.at(1), e.at(2), {e.at(3), e.at(4)}});
}

}  // namespace

void save_pretraining(const std::filesystem::path& path, const PretrainState& state,
                      const std::string& fingerprint) {
  StateDict tensors = state.weights;
  for (std::size_t i = 0; i < state.momentum.size(); ++i)
    tensors.emplace_back(momentum_name(i), state.momentum[i]);
  write_safetensors(path, tensors, training_metadata(kFile, to_json(state), fingerprint));
}

PretrainState load_pretraining(const std::filesystem::path& path, const std::string& fingerprint) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw UserError(fmt::format("nothing to resume: {} does not exist; leave --resume out", path.string()));
  WeightsFile file = read_own_file(path, kFile.own);
  PretrainState state;
  read_training_metadata(path, kFile, file.metadata, fingerprint,
                         [&](const nlohmann::json& json) { from_json(json, state); });
  for (auto& [name, tensor] : file.tensors) {
    if (name == momentum_name(state.momentum.size()))
      state.momentum.push_back(tensor);
    else
      state.weights.emplace_back(name, tensor);
  }
  return state;
}

}  // namespace packrat
