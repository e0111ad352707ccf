#include "engine/experiment/run_checkpoint.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/training_file.h"
#include "engine/experiment/run_options.h"
#include "models/weights_io.h"

namespace packrat {
namespace {

constexpr TrainingFile kFile{
    {"packrat_checkpoint", "a checkpoint of a run", "delete it and run without --resume"},
    "options",
    "options",
    "give the same ones, or --overwrite and no --resume"};

/// Everything but the learner's tensors, from what save_checkpoint() wrote.
void read_state(const nlohmann::json& state, RunCheckpoint& checkpoint) {
  checkpoint.task = state.at("task");
  checkpoint.position = {state.at("pass"), state.at("step")};
  checkpoint.buffer_checksum = state.at("buffer_checksum");
  progress_from_json(state.at("record"), checkpoint.record);
  RunRecord unfinished;
  progress_from_json(state.at("curve"), unfinished);
  checkpoint.curve = unfinished.trainings.at(0).curve;
  checkpoint.of_task = unfinished.trainings.at(0).of_task;
}

}  // namespace

std::string fingerprint(const RunConfig& config) {
  std::string text;
  for (const RunOption& option : run_options())
    if (applies(option, config) && affects_result(option.name))
      text += fmt::format("{} = {}\n", option.name, value_text(option, config));
  return text;
}

void save_checkpoint(const std::filesystem::path& path, const RunConfig& config,
                     const RunCheckpoint& checkpoint) {
  RunRecord unfinished;  // its curve travels in the same form as finished ones
  unfinished.trainings.push_back({checkpoint.task, 0, checkpoint.curve, checkpoint.of_task});
  const nlohmann::json state{{"task", checkpoint.task},
                             {"pass", checkpoint.position.pass},
                             {"step", checkpoint.position.step},
                             {"curve", progress_to_json(unfinished)},
                             {"buffer_checksum", checkpoint.buffer_checksum},
                             {"record", progress_to_json(checkpoint.record)}};
  write_safetensors(path, checkpoint.learner, training_metadata(kFile, state, fingerprint(config)));
}

RunCheckpoint load_checkpoint(const std::filesystem::path& path, const RunConfig& config) {
  if (!std::filesystem::exists(path))
    throw UserError(fmt::format("nothing to resume: {} does not exist; run without --resume", path.string()));
  WeightsFile file = read_own_file(path, kFile.own);
  RunCheckpoint checkpoint;
  read_training_metadata(path, kFile, file.metadata, fingerprint(config),
                         [&](const nlohmann::json& state) { read_state(state, checkpoint); });
  checkpoint.learner = std::move(file.tensors);
  return checkpoint;
}

}  // namespace packrat
