#include "engine/report/run_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "compressors/spec_text.h"
#include "engine/core/bytes.h"
#include "engine/experiment/run_options.h"
#include "engine/results/codec_setting.h"

namespace packrat {
namespace {

/// Every figure shows these: the task, panel, line, point.
bool is_shown(const std::string& name) {
  const Aspect aspect = aspect_of(name);
  return aspect != Aspect::kOther && aspect != Aspect::kPasses;
}

std::string option(const StoredRun& run, const std::string& name) {
  const auto it = run.options.find(name);
  return it == run.options.end() ? "" : it->second;
}

/// Position of a family in figures and tables.
int family_rank(const std::string& key) {
  constexpr std::array order{"none", "thinning", "quantization local", "quantization transfer", "convae",
                             "fcae", "vae"};
  return static_cast<int>(std::find(order.begin(), order.end(), key) - order.begin());
}

/// Numbers inside compare as numbers: "quantization 4 local" before "quantization 16 local".
std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> numbers;
  for (std::size_t at = 0; at < text.size();) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    const bool found = error == std::errc() && (text[at] >= '0' && text[at] <= '9');
    if (found) numbers.push_back(value);
    at = found ? static_cast<std::size_t>(end - text.data()) : at + 1;
  }
  return numbers;
}

/// Runs with one key belong to one group.
std::string group_key(const StoredRun& run) {
  std::string key = fmt::format("{}\n{}\n", run.imported, run.budget_bytes ? -1 : run.slots.value_or(-1));
  for (const auto& [name, value] : point_options(run))
    if (name != "memory_size") key += name + "=" + value + "\n";
  return key;
}

std::string recipe_of(const StoredRun& run, const std::set<std::string>& differing) {
  std::string text = run.imported ? "imported" : "";
  for (const auto& [name, value] : point_options(run))
    if (differing.count(name) > 0 && !value.empty())
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  return text;
}

bool is_local(const StageText& quantizer) {
  const std::string* const range = quantizer.find("range");
  return range != nullptr && *range == "local";
}

bool is_transfer(const std::string& strategy) {
  const std::string ending = "_transfer";
  return strategy.size() > ending.size() &&
         strategy.compare(strategy.size() - ending.size(), ending.size(), ending) == 0;
}

/// Shortens the settings of codecs given by flags: without sizes that never vary, and without the source of
/// transferred ranges when there is one alone.
class SettingNames {
 public:
  explicit SettingNames(const std::vector<StoredRun>& runs) {
    for (const StoredRun& run : runs) {
      for (const auto& [name, value] : run.options)
        if (aspect_of(name) == Aspect::kCodecDetail) values_[name].insert(value);
      if (const std::string strategy = option(run, "strategy"); is_transfer(strategy))
        sources_.insert(strategy);
    }
  }

  std::string of(const StoredRun& run) const {
    if (!option(run, "codec").empty()) return run.setting;
    auto options = run.options;
    for (const auto& [name, seen] : values_)
      if (seen.size() <= 1) options.erase(name);
    if (is_transfer(option(run, "strategy")) && sources_.size() == 1) options["strategy"] = "transfer";
    return codec_setting(options);
  }

 private:
  std::map<std::string, std::set<std::string>> values_;
  std::set<std::string> sources_;
};

/// Names what is learned and scored: the data set, and what else tells the tasks of its runs apart.
class TaskNames {
 public:
  explicit TaskNames(const std::vector<StoredRun>& runs) {
    for (const StoredRun& run : runs) {
      std::array<std::set<std::string>, kParts>& seen = seen_[run.dataset];
      const auto parts = parts_of(run);
      for (std::size_t i = 0; i < kParts; ++i) seen[i].insert(parts[i]);
    }
  }

  std::string of(const StoredRun& run) const {
    const auto& seen = seen_.at(run.dataset);
    const auto parts = parts_of(run);
    std::string name = run.dataset;
    for (std::size_t i = 0; i < kParts; ++i)
      if (seen[i].size() > 1) name += " " + parts[i];
    return name;
  }

 private:
  static constexpr std::size_t kParts = 3;

  /// Classes, stream and order. What an old run does not say of the last two is what it had: the default.
  static std::array<std::string, kParts> parts_of(const StoredRun& run) {
    const std::string tasks = option(run, "num_tasks"), each = option(run, "num_classes_per_task");
    const std::string stream = option(run, "stream"), order = option(run, "class_order_seed");
    return {tasks.empty() || each.empty() ? "unknown classes" : fmt::format("{}x{} classes", tasks, each),
            stream.empty() ? "class_incremental" : stream,
            order.empty() || order == "-1" ? "label order" : "class order " + order};
  }

  std::map<std::string, std::array<std::set<std::string>, kParts>> seen_;  // by data set
};

/// The options that a figure does not show and that are not the same in all runs of a task, by task.
std::map<std::string, std::set<std::string>> differing_options(const std::vector<StoredRun>& runs,
                                                               const TaskNames& tasks) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> values;  // by task and option
  for (const StoredRun& run : runs)
    for (const auto& [name, value] : point_options(run))
      if (!is_shown(name)) values[tasks.of(run)][name].insert(value);
  std::map<std::string, std::set<std::string>> differing;
  for (const auto& [task, options] : values)
    for (const auto& [name, seen] : options)
      if (seen.size() > 1) differing[task].insert(name);
  return differing;
}

bool in_order(const RunGroup& a, const RunGroup& b) {
  const StoredRun &x = a.first(), &y = b.first();
  const auto rank = [](const RunGroup& group) {
    const StoredRun& run = group.first();
    return std::make_tuple(run.dataset, numbers_in(group.task), group.task, run.encoder != "none",
                           run.encoder, cut_of(run), family_rank(family_key(run)));
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  const auto numbers_x = numbers_in(x.setting), numbers_y = numbers_in(y.setting);
  if (numbers_x != numbers_y) return numbers_x < numbers_y;
  return std::make_tuple(x.setting, a.recipe, x.budget_bytes.value_or(0), x.slots.value_or(0)) <
         std::make_tuple(y.setting, b.recipe, y.budget_bytes.value_or(0), y.slots.value_or(0));
}

template <typename ValueOf>
std::optional<Spread> spread_over(const std::vector<const StoredRun*>& runs, const ValueOf& value_of) {
  std::vector<double> values;
  for (const StoredRun* run : runs)
    if (const std::optional<double> value = value_of(*run)) values.push_back(*value);
  return spread_of(values);
}

std::string hover_text(const RunGroup& group, AccuracyColumn column, const Spread& accuracy) {
  const StoredRun& run = group.first();
  std::string text =
      fmt::format("{}{}\n{}, {}", run.setting, group.recipe.empty() ? "" : " (" + group.recipe + ")",
                  group.task, encoder_text(run));
  if (run.slots) text += fmt::format("\n{} slots", *run.slots);
  if (run.budget_bytes) text += fmt::format(" in a budget of {} bytes", *run.budget_bytes);
  text += fmt::format("\n{} accuracy {:.2f} %", column == AccuracyColumn::kFinal ? "final" : "best",
                      accuracy.median);
  if (accuracy.count > 1)
    text += fmt::format(" ({:.2f} to {:.2f}, {} seeds)", accuracy.low, accuracy.high, accuracy.count);
  for (const auto& [name, bytes] :
       {std::pair{"measured", BytesColumn::kMeasured}, std::pair{"exact", BytesColumn::kExact},
        std::pair{"published", BytesColumn::kPublished}})
    if (const auto mib = group.mib(bytes)) text += fmt::format("\n{} {:.4g} MiB", name, mib->median);
  if (run.num_passes) text += fmt::format("\n{} passes", *run.num_passes);
  return text;
}

}  // namespace

std::optional<double> mib_of(const StoredRun& run, BytesColumn column) {
  if (column == BytesColumn::kPublished) return run.published_mib;
  const auto& bytes = column == BytesColumn::kExact ? run.exact_bytes : run.measured_bytes;
  return bytes ? std::optional<double>(static_cast<double>(*bytes) / kBytesPerMiB) : std::nullopt;
}

std::optional<double> accuracy_of(const StoredRun& run, AccuracyColumn column) {
  const auto& fraction = column == AccuracyColumn::kFinal ? run.final_acc : run.best_acc;
  return fraction ? std::optional<double>(*fraction * 100) : std::nullopt;
}

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  return Spread{median, values.front(), values.back(), n};
}

std::optional<Spread> RunGroup::accuracy(AccuracyColumn column) const {
  return spread_over(runs, [column](const StoredRun& run) { return accuracy_of(run, column); });
}

std::optional<Spread> RunGroup::mib(BytesColumn column) const {
  return spread_over(runs, [column](const StoredRun& run) { return mib_of(run, column); });
}

std::string RunGroup::series_name() const {
  return setting + (recipe.empty() ? "" : " (" + recipe + ")");
}

std::vector<RunGroup> group_runs(const std::vector<StoredRun>& runs) {
  const SettingNames names(runs);
  const TaskNames tasks(runs);
  auto differing = differing_options(runs, tasks);
  std::map<std::string, RunGroup> by_key;
  for (const StoredRun& run : runs) {
    RunGroup& group = by_key[group_key(run)];
    group.runs.push_back(&run);
    group.task = tasks.of(run);
    group.setting = names.of(run);
    group.recipe = recipe_of(run, differing[group.task]);
  }
  std::vector<RunGroup> groups;
  for (auto& [key, group] : by_key) {
    std::stable_sort(group.runs.begin(), group.runs.end(),
                     [](const StoredRun* a, const StoredRun* b) { return a->seed < b->seed; });
    groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(), in_order);
  return groups;
}

std::string encoder_text(const StoredRun& run) {
  return run.encoder == "none" ? "no encoder" : fmt::format("{}({})", run.encoder, run.encoding_block);
}

std::vector<std::pair<std::string, std::size_t>> encoders_of(const std::vector<RunGroup>& groups,
                                                             const std::string& task) {
  std::vector<std::pair<std::string, std::size_t>> encoders;
  for (const RunGroup& group : groups) {
    if (!task.empty() && group.task != task) continue;
    const std::string name = encoder_text(group.first());
    const auto at =
        std::find_if(encoders.begin(), encoders.end(), [&](const auto& e) { return e.first == name; });
    (at == encoders.end() ? encoders.emplace_back(name, 0) : *at).second += group.runs.size();
  }
  return encoders;
}

std::string main_encoder(const std::vector<RunGroup>& groups, const std::string& task) {
  std::string most = "cutr34(3)";
  std::size_t runs = 0;
  for (const auto& [name, count] : encoders_of(groups, task))
    if (name != "no encoder" && count > runs) most = name, runs = count;
  return most;
}

double cut_of(const StoredRun& run) {
  const std::vector<double> numbers = numbers_in(run.encoding_block);
  return run.encoder == "none" || numbers.empty() ? 0 : numbers[0];
}

std::string family_key(const StoredRun& run) {
  if (run.family.find('+') != std::string::npos) return "chain";
  if (run.family != "quantization") return run.family;
  const bool by_flags = option(run, "codec").empty();
  const bool local = by_flags ? option(run, "strategy") == "local" : is_local(parse_spec(run.codec).front());
  return local ? "quantization local" : "quantization transfer";
}

int setting_variant(const StoredRun& run) {
  std::string text = run.setting;
  for (const RunOption& row : run_options())  // the one number that the family varies
    if (row.aspect == Aspect::kCodec && !row.is_text() && !option(run, row.name).empty())
      text = option(run, row.name);
  const std::vector<double> numbers = numbers_in(text);
  if (numbers.empty()) return 0;
  const double value = numbers[0];
  if (run.family == "thinning") return value < 0.65 ? 0 : value < 0.85 ? 1 : value < 0.925 ? 2 : 3;
  const int power = value >= 1 ? static_cast<int>(std::lround(std::log2(value))) : 0;
  return run.family == "quantization" ? std::max(0, power - 1) : power;
}

std::vector<Switch> memory_switches() {
  return {{"bytes", {"measured", "exact", "published"}}, {"accuracy", {"final", "best"}}};
}

std::optional<DataPoint> memory_point(const RunGroup& group, BytesColumn bytes, AccuracyColumn accuracy) {
  const auto x = group.mib(bytes), y = group.accuracy(accuracy);
  if (!x || !y) return std::nullopt;
  DataPoint point{x->median, y->median, {}, {}, hover_text(group, accuracy, *y)};
  if (y->count > 1) {
    point.low = y->low;
    point.high = y->high;
  }
  return point;
}

std::optional<double> random_accuracy(const StoredRun& run) {
  return run.classes && *run.classes > 0 ? std::optional<double>(100.0 / static_cast<double>(*run.classes))
                                         : std::nullopt;
}

std::vector<std::string> tasks_of(const std::vector<RunGroup>& groups) {
  std::vector<std::string> names;
  for (const RunGroup& group : groups)
    if (std::find(names.begin(), names.end(), group.task) == names.end()) names.push_back(group.task);
  return names;
}

}  // namespace packrat
