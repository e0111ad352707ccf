#include "engine/studies/audit/audit_settings.h"

#include <map>

#include "engine/core/shell_line.h"
#include "engine/data/dataset.h"
#include "engine/experiment/option_text.h"
#include "engine/methods/method_table.h"
#include "engine/results/codec_setting.h"
#include "engine/sweep/experiment_kind.h"

namespace packrat {
namespace {

bool decides_bytes(const RunOption& option) {
  return option.aspect == Aspect::kDataset || option.group == "Encoder" || option.group == "Codec";
}

AuditSetting setting_of(const PlannedRun& run, const RunConfig& machine) {
  const RunConfig config = run_config(run);
  AuditSetting setting{machine, {}, ""};
  std::map<std::string, std::string> codec;
  for (const RunOption& option : run_options()) {
    if (!decides_bytes(option)) continue;
    std::visit([&](auto field) { setting.config.*field = config.*field; }, option.field);
    if (run.options.count(option.name) > 0) setting.given.insert(option.name);
    if (option.group == "Codec" && applies(option, config)) codec[option.name] = value_text(option, config);
  }
  setting.codec = codec_setting(codec);
  setting.config.num_classes_per_task = 1;
  setting.config.num_tasks = describe_dataset(setting.config.dataset, setting.config.data_dir).classes;
  return setting;
}

}  // namespace

std::vector<AuditSetting> audit_settings(const std::vector<PlannedRun>& runs, const RunConfig& machine) {
  std::vector<AuditSetting> settings;
  std::set<std::string> known;
  for (const PlannedRun& run : runs) {
    if (run_config(run).method != kReplayMethod) continue;  // no buffer to fill, or more than one
    AuditSetting setting = setting_of(run, machine);
    const std::string words = shell_line(run_words(setting.config, setting.given));
    if (known.insert(words).second) settings.push_back(std::move(setting));
  }
  return settings;
}

}  // namespace packrat
