#include "engine/studies/report/sparsify_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/results/option_text.h"
#include "engine/studies/sparsify/sparsify_options.h"

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

const std::vector<std::string>& other_options() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> others;
    const nlohmann::ordered_json stored = stored_options({});
    for (const auto& [name, value] : stored.items()) others.push_back(name);
    for (const SparsifyOption& option : sparsify_options())
      if (option.placed) others.erase(std::remove(others.begin(), others.end(), option.name), others.end());
    return others;
  }();
  return names;
}

std::string departures(const StoredSparsification& run) {
  static const nlohmann::ordered_json published = stored_options({});  // the defaults are the published ones
  std::string text;
  for (const std::string& name : other_options()) {
    const auto it = run.options.find(name);
    if (it != run.options.end() && it->second != option_text(published.at(name)))
      text += fmt::format("{}{} {}", text.empty() ? "" : "; ", name, it->second);
  }
  return text;
}

}  // namespace packrat
