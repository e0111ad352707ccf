#include "engine/report/sparsify_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace packrat {
namespace {

template <typename Value>
Spread spread(const SparsifyGroup& group, Value value) {
  std::vector<double> values;
  for (const StoredSparsification* run : group.runs) values.push_back(value(*run));
  return *spread_of(std::move(values));
}

}  // namespace

Spread SparsifyGroup::compression() const {
  return spread(*this, [](const auto& run) { return run.compression; });
}
Spread SparsifyGroup::before() const {
  return spread(*this, [](const auto& run) { return 100 * run.before_acc; });
}
Spread SparsifyGroup::after() const {
  return spread(*this, [](const auto& run) { return 100 * run.after_acc; });
}

std::vector<SparsifyGroup> group_sparsifications(const std::vector<StoredSparsification>& runs) {
  using Key =
      std::tuple<std::string, std::string, bool, std::string, double, std::map<std::string, std::string>>;
  std::map<Key, SparsifyGroup> groups;
  for (const StoredSparsification& run : runs) {
    std::map<std::string, std::string> others = run.options;
    others.erase("seed");
    groups[{run.dataset, run.model, run.complex, run.method, run.c, others}].runs.push_back(&run);
  }
  std::vector<SparsifyGroup> all;
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  return all;
}

const StoredStage& stage_of(const StoredSparsification& run, const std::string& stage) {
  return stage == "sparsify" ? run.sparsify : run.fine_tune;
}

std::string departures(const StoredSparsification& run) {
  static const std::map<std::string, std::string> published{{"train_images", "10000"},
                                                            {"kl_scale", "0.0001"},
                                                            {"threshold", "-0.5"},
                                                            {"epochs", "[40,75,40]"},
                                                            {"early_stop", "[false,false,false]"},
                                                            {"schedule", "trabelsi"},
                                                            {"lr", "0.001"},
                                                            {"clip_norm", "0.5"},
                                                            {"batch_size", "128"}};
  std::string text;
  for (const auto& [name, value] : published) {
    const auto it = run.options.find(name);
    if (it != run.options.end() && it->second != value)
      text += fmt::format("{}{} {}", text.empty() ? "" : "; ", name, it->second);
  }
  return text;
}

}  // namespace packrat
