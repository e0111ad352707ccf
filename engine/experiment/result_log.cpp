#include "engine/experiment/result_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/files.h"

namespace packrat {
namespace {

std::string python_repr(std::int64_t value) {
  return fmt::format("{}", value);
}
std::string python_repr(bool value) {
  return value ? "True" : "False";
}
std::string python_repr(const std::string& value) {
  return value.empty() ? "None" : fmt::format("'{}'", value);
}
std::string python_repr(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
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
  RunConfig printed = config;
  printed.memory_size = slots;
  if (printed.exp_name.empty()) printed.exp_name = default_exp_name(config);
  std::vector<std::string> pairs;
  for (const RunOption& option : run_options())
    if (option.published)
      pairs.push_back(std::visit([&](auto field) { return option.name + "=" + python_repr(printed.*field); },
                                 option.field));
  return fmt::format("Namespace({})", fmt::join(pairs, ", "));
}

std::string log_text(const RunConfig& config, const RunRecord& record) {
  std::string text = namespace_text(config, record.slots) + "\n";
  for (const TrainingRecord& training : record.trainings)
    for (const PassScore& score : training.curve) text += score_line(training, score) + "\n";
  return text + fmt::format("Acc: [{}]\n", record.final_score().acc);
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
