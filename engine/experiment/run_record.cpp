#include "engine/experiment/run_record.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace packrat {
namespace {

using nlohmann::json;

json training_to_json(const TrainingRecord& training) {
  json curve = json::array();
  for (const PassScore& s : training.curve)
    curve.push_back({{"pass", s.pass}, {"acc", s.acc}, {"task_acc", s.task_acc}, {"mean_loss", s.mean_loss}});
  return {{"task", training.task}, {"held", training.held}, {"curve", curve}, {"of_task", training.of_task}};
}

TrainingRecord training_from_json(const json& j) {
  TrainingRecord training;
  training.task = j.at("task");
  training.held = j.at("held");
  for (const json& s : j.at("curve"))
    training.curve.push_back({s.at("pass"), s.at("acc"), s.at("task_acc"), s.at("mean_loss")});
  for (const json& v : j.at("of_task"))  // JSON has no NaN: a task without images is null
    training.of_task.push_back(v.is_null() ? std::numeric_limits<double>::quiet_NaN() : v.get<double>());
  return training;
}

/// The accuracy matrix and what is computed from it, when every task was scored.
json continual_to_json(const RunRecord& record) {
  const AccuracyMatrix matrix = record.accuracy_matrix();
  json continual{{"accuracy_matrix", matrix}};
  for (const Metric& metric : metrics()) continual[metric.name] = metric.of(matrix);
  return continual;
}

}  // namespace

double RunRecord::best_acc() const {
  const auto& curve = trainings.back().curve;
  return std::max_element(curve.begin(), curve.end(),
                          [](const PassScore& a, const PassScore& b) { return a.acc < b.acc; })
      ->acc;
}

AccuracyMatrix RunRecord::accuracy_matrix() const {
  AccuracyMatrix matrix;
  for (const TrainingRecord& training : trainings) matrix.push_back(training.of_task);
  return matrix;
}

double RunRecord::decode_share() const {
  const double train = seconds.count("train") > 0 ? seconds.at("train") : 0;
  const auto decode = seconds.find("decode");
  return train > 0 && decode != seconds.end() ? decode->second / train : 0;
}

json to_json(const RunRecord& record) {
  const PassScore& last = record.final_score();
  json result = progress_to_json(record);
  result["accuracy"] = {{"final", last.acc}, {"best", record.best_acc()}, {"task", last.task_acc}};
  result["accuracy"]["test_features"] = record.test_features;
  if (const auto& other = record.other_score)
    result["accuracy"]["on_" + other->features] = {{"final", other->acc}, {"task", other->task_acc}};
  result["roundtrip_mse"] = record.roundtrip_mse;
  if (record.trainings.size() > 1) result["continual"] = continual_to_json(record);
  result["bytes"] = to_json(record.bytes);
  result["method"] = {{"spec", record.method}, {"note", record.method_note}};
  const bool entries = !record.codec.empty();
  result["buffer"] = {{"slots", entries ? json(record.slots) : json()},
                      {"held", entries ? json(record.held) : json()},
                      {"classes", record.classes},
                      {"codec", record.codec},
                      {"codec_learned_from", record.codec_learned_from},
                      {"checksum", record.buffer_checksum}};
  result["sources"] = {{"data_sha256", record.data_sha256},
                       {"weights_sha256", record.weights_sha256},
                       {"weights", record.weights_name},
                       {"features", record.cache_note}};
  result["decode_share_of_training"] = record.decode_share();
  result["peak_memory_bytes"] = record.peak_memory_bytes;
  result["versions"] = record.versions;
  return result;
}

json progress_to_json(const RunRecord& record) {
  json trainings = json::array();
  for (const TrainingRecord& training : record.trainings) trainings.push_back(training_to_json(training));
  json progress{{"trainings", trainings}, {"seconds", record.seconds}};
  if (record.energy) progress["energy"] = to_json(*record.energy);
  return progress;
}

void progress_from_json(const json& j, RunRecord& record) {
  record.trainings.clear();
  for (const json& training : j.at("trainings")) record.trainings.push_back(training_from_json(training));
  for (const auto& [phase, seconds] : j.at("seconds").items()) record.seconds[phase] += seconds.get<double>();
  if (j.contains("energy")) record.energy.emplace().reading = reading_from_json(j.at("energy"));
}

}  // namespace packrat
