#include "engine/sweep/time_model.h"

#include <algorithm>
#include <cmath>

#include "engine/sweep/option_text.h"

namespace packrat {
namespace {

constexpr double kLoadSeconds = 2;  // start of the program, data set and features
constexpr double kIngestSeconds = 3;

struct HeadSeconds {
  double step, scoring;
};

/// Batches of 16 on one thread, and 10 000 test images: processor seconds, measured on two virtual cores of an AMD EPYC
/// with both at work. The figures of a ResNet-34 serve as upper bounds for a ResNet-18's that are not listed.
const std::map<std::string, HeadSeconds>& shipped() {
  static const std::map<std::string, HeadSeconds> table{
      {"resnet34 from 0", {0.129, 4.4}}, {"resnet34 from 1", {0.079, 4.1}},   {"resnet34 from 2", {0.030, 3.2}},
      {"resnet34 from 3", {0.0041, 0.4}}, {"resnet34 from 4", {0.0001, 0.02}}, {"resnet18 from 0", {0.072, 3.1}},
      {"mlp", {0.0012, 0.1}},
  };
  return table;
}

/// "resnet34 from 3", "resnet18 from 0", "mlp".
std::string head_of(const RunConfig& config) {
  if (config.backbone == "mlp") return "mlp";
  std::string network = config.backbone;
  if (network == "resnet") network = config.encoder == "cutr34" ? "resnet34" : "resnet18";
  return network + " from " + (config.encoder == "none" ? "0" : config.encoding_block);
}

HeadSeconds shipped_seconds(const RunConfig& config) {
  const std::string head = head_of(config);
  if (const auto it = shipped().find(head); it != shipped().end()) return it->second;
  // The same network from the whole block before, then the larger network.
  const std::string place = head.substr(head.rfind(' ') + 1);
  const auto it = shipped().find("resnet34 from " + place.substr(0, 1));
  return it != shipped().end() ? it->second : shipped().at("resnet34 from 0");
}

/// Passes after which the test set is scored: the last of each cosine cycle (3, 7, 15, ...), every K-th, the last.
double scorings(const RunConfig& config) {
  double count = 0;
  for (std::int64_t pass = 1; pass <= config.num_passes; ++pass) {
    const bool ends_cycle = pass >= 4 && (pass & (pass - 1)) == 0;
    const bool asked = config.eval_every > 0 && pass % config.eval_every == 0;
    if (ends_cycle || asked || pass == config.num_passes) ++count;
  }
  return count;
}

double steps(const RunConfig& config, std::int64_t held) {
  return static_cast<double>(config.num_passes) *
         std::ceil(static_cast<double>(held) / static_cast<double>(config.batch_size));
}

/// With --eval_tasks there is a training after every task, with about half the entries in the mean.
double trainings(const RunConfig& config) {
  return config.eval_tasks ? static_cast<double>(config.num_tasks + 1) / 2 : 1;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

RunConfig config_of(const StoredRun& run) {
  RunConfig config;
  for (const auto& [name, text] : run.options) set_option(find_run_option(name), text, config);
  return config;
}

}  // namespace

void TimeModel::learn(const StoredRun& run) {
  if (run.imported || !run.held || run.seconds.count("train") == 0 || run.seconds.count("evaluate") == 0) return;
  const RunConfig config = config_of(run);
  Samples& samples = learned_[head_of(config)];
  samples.step.push_back(run.seconds.at("train") / (trainings(config) * steps(config, *run.held)));
  samples.scoring.push_back(run.seconds.at("evaluate") / (trainings(config) * scorings(config)));
}

double TimeModel::seconds(const RunConfig& config, const RunForecast& forecast) const {
  const auto it = learned_.find(head_of(config));
  const HeadSeconds head = it == learned_.end()
                               ? shipped_seconds(config)
                               : HeadSeconds{median(it->second.step), median(it->second.scoring)};
  return kLoadSeconds + kIngestSeconds +
         trainings(config) * (steps(config, forecast.held) * head.step + scorings(config) * head.scoring);
}

}  // namespace packrat
