#include "engine/results/results_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "compressors/spec_text.h"
#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "engine/core/json_text.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"
#include "engine/results/codec_setting.h"
#include "engine/results/option_text.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

template <typename T>
std::optional<T> optional_at(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return std::nullopt;
  return it->get<T>();
}

/// A part of the file that imported runs may lack.
json part_at(const json& result, const char* key) {
  return result.value(key, json::object());
}

std::string option_of(const StoredRun& run, const std::string& name) {
  const auto it = run.options.find(name);
  return it == run.options.end() ? std::string() : it->second;
}

/// "3", "2+3 to 1x1+none".
std::string cut_of(const StoredRun& run) {
  const std::string blocks = option_of(run, "blocks"), pool = option_of(run, "pool");
  std::string cut = blocks.empty() ? option_of(run, "encoding_block") : blocks;
  if (!pool.empty() && pool != "none") cut += " to " + pool;
  return cut;
}

void read_config(const json& config, StoredRun& run) {
  for (const auto& [name, value] : config.items()) run.options[name] = option_text(value);
  run.dataset = dataset_display_name(config.at("dataset"));
  run.options["dataset"] = run.dataset;
  run.encoder = config.at("encoder");
  if (run.encoder != "none") run.encoding_block = cut_of(run);
  run.seed = optional_at<std::int64_t>(config, "seed");
  run.num_passes = optional_at<std::int64_t>(config, "num_passes");
  if (const std::string budget = option_of(run, "memory_bytes"); !budget.empty())
    run.budget_bytes = parse_byte_size(budget);
}

void read_buffer(const json& buffer, StoredRun& run) {
  run.codec = buffer.value("codec", "");
  run.setting = codec_setting(run.options);
  const std::string spec = run.codec.empty() ? option_of(run, "codec") : run.codec;
  run.family = run.method != kReplayMethod ? method_name(run.method)
               : spec.empty()              ? option_of(run, "compressor")
                                           : codec_family(spec);
  run.classes = optional_at<std::int64_t>(buffer, "classes");
  run.slots = optional_at<std::int64_t>(buffer, "slots");
  run.held = optional_at<std::int64_t>(buffer, "held");
}

void read_accuracy(const json& accuracy, StoredRun& run) {
  run.final_acc = optional_at<double>(accuracy, "final");
  run.best_acc = optional_at<double>(accuracy, "best");
  run.task_acc = optional_at<double>(accuracy, "task");
  // Old runs scored raw features alone; a codec that loses nothing is scored once.
  const bool raw = accuracy.value("test_features", "raw") == "raw";
  const bool both = accuracy.contains("test_features");
  const auto score_on = [&](const char* other) {
    const auto score = optional_at<double>(part_at(accuracy, other), "final");
    return score || !both ? score : run.final_acc;
  };
  run.raw_acc = raw ? run.final_acc : score_on("on_raw");
  run.roundtrip_acc = raw ? score_on("on_roundtrip") : run.final_acc;
}

void read_bytes(const json& bytes, StoredRun& run) {
  run.published_mib = optional_at<double>(bytes, "published_mib");
  run.exact_bytes = optional_at<std::int64_t>(bytes, "exact");
  run.measured_bytes = optional_at<std::int64_t>(bytes, "measured");
  run.why = bytes.value("why", "");
  const auto payload = optional_at<double>(part_at(bytes, "items"), "payload");
  if (payload && run.held.value_or(0) > 0) run.entry_bytes = *payload / static_cast<double>(*run.held);
}

}  // namespace

std::map<std::string, std::string> point_options(const StoredRun& run) {
  std::map<std::string, std::string> options;
  for (const auto& [name, value] : run.options)
    if (affects_result(name) && aspect_of(name) != Aspect::kSeed)
      options[name] = name == "device" ? value.substr(0, value.find(':')) : value;
  return options;
}

StoredRun load_run(const fs::path& result_file, const ReadText& read) try {
  const json result = parse_json(read(result_file));
  StoredRun run;
  run.file = result_file;
  run.name = result.at("exp_name");
  run.imported = result.contains("imported");
  read_config(result.at("config"), run);
  run.method = part_at(result, "method").value("spec", kReplayMethod);
  read_buffer(part_at(result, "buffer"), run);
  read_accuracy(result.at("accuracy"), run);
  const json continual = part_at(result, "continual");
  for (const auto& [name, value] : continual.items())
    if (value.is_number()) run.continual[name] = value;
  run.roundtrip_mse = optional_at<double>(result, "roundtrip_mse");
  read_bytes(part_at(result, "bytes"), run);
  run.seconds = part_at(result, "seconds").get<std::map<std::string, double>>();
  run.versions = part_at(result, "versions").get<std::map<std::string, std::string>>();
  run.peak_memory_bytes = optional_at<std::int64_t>(result, "peak_memory_bytes");
  const json energy = part_at(result, "energy");
  run.net_joules = optional_at<double>(energy, "net_joules");
  run.kg_co2e = optional_at<double>(energy, "kg_co2e");
  return run;
} catch (const json::exception&) {
  throw UserError(fmt::format("{} is not a result of `packrat run`, or is damaged: delete it and run again",
                              result_file.string()));
}

std::vector<StoredRun> load_runs(const fs::path& place, const PassedOverFn& passed_over) {
  return load_all<StoredRun>(place, kRunResult, load_run, passed_over);
}

}  // namespace packrat
