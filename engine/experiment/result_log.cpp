#include "engine/experiment/result_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/files.h"
#include "engine/core/python_text.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/run_options.h"

namespace packrat {
namespace {

/// Whether the published scripts' program would have the option in a run of these parts.
bool is_logged(const RunOption& option, const RunConfig& config) {
  if (option.name == "backbone_block" && head_takes_any_maps(config)) return false;
  return option.published && (option.part.empty() || applies(option, config));
}

/// The value as Python prints it. Blocks are numbers, although half cuts make them texts here.
std::string logged_value(const RunOption& option, const RunConfig& config) {
  if (option.name == "encoding_block" || option.name == "backbone_block") return value_text(option, config);
  return std::visit([&](auto field) { return python_repr(config.*field); }, option.field);
}

std::string score_line(const TrainingRecord& training, const PassScore& score) {
  return fmt::format("task {} pass {}: acc {:.4f} task_acc {:.4f} loss {:.4f}", training.task, score.pass,
                     score.acc, score.task_acc, score.mean_loss);
}

}  // namespace

RunFolder::RunFolder(const RunConfig& config)
    : folder(std::filesystem::path(config.log_dir) /
             (config.exp_name.empty() ? default_exp_name(config) : config.exp_name)),
      log(folder / "checkpoint.log"),
      result(folder / "result.json"),
      checkpoint(folder / "checkpoint.safetensors") {}

std::string namespace_text(const RunConfig& config, std::int64_t slots) {
  RunConfig printed = published_spelling(config);
  printed.memory_size = slots;
  if (printed.exp_name.empty()) printed.exp_name = default_exp_name(config);
  std::vector<std::string> pairs;
  for (const RunOption& option : run_options())
    if (is_logged(option, printed)) pairs.push_back(option.name + "=" + logged_value(option, printed));
  return fmt::format("Namespace({})", fmt::join(pairs, ", "));
}

std::string log_text(const RunConfig& config, const RunRecord& record) {
  std::string text = namespace_text(config, record.slots) + "\n";
  for (const TrainingRecord& training : record.trainings)
    for (const PassScore& score : training.curve) text += score_line(training, score) + "\n";
  text += fmt::format("after the last pass: {}; the best of the scored passes:\n", record.final_score().acc);
  return text + fmt::format("Acc: [{}]\n", python_repr(record.best_acc()));
}

nlohmann::json config_to_json(const RunConfig& config) {
  nlohmann::json json;
  for (const RunOption& option : run_options())
    if (applies(option, config))
      std::visit([&](auto field) { json[option.name] = config.*field; }, option.field);
  return json;
}

void write_results(const RunFolder& folder, const RunConfig& config, const RunRecord& record) {
  nlohmann::json json = to_json(record);
  json["config"] = config_to_json(config);
  json["exp_name"] = folder.folder.filename().string();
  write_file_atomically(folder.log, [&](std::ostream& out) { out << log_text(config, record); });
  write_file_atomically(folder.result, [&](std::ostream& out) { out << json.dump(2) << '\n'; });
}

}  // namespace packrat
