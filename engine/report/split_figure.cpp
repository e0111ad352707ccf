// Where to cut the network, and what a codec costs at a fixed number of slots.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/core/bytes.h"
#include "engine/report/figure_name.h"
#include "engine/report/memory_figures.h"

namespace packrat {
namespace {

constexpr AccuracyColumn kAccuracyColumns[] = {AccuracyColumn::kFinal, AccuracyColumn::kBest};

std::optional<DataPoint> split_point(const RunGroup& group, AccuracyColumn accuracy) {
  auto point = memory_point(group, BytesColumn::kMeasured, accuracy);
  if (point) point->x = cut_of(group.first());
  return point;
}

std::string budget_text(std::int64_t bytes) {
  return fmt::format("{:.4g} MiB", static_cast<double>(bytes) / kBytesPerMiB);
}

/// Groups of one codec setting and budget: they differ in the cut.
using SplitLines = std::map<std::pair<std::int64_t, std::string>, std::vector<const RunGroup*>>;

SplitLines split_lines(const std::vector<RunGroup>& groups, const std::string& task) {
  SplitLines lines;
  for (const RunGroup& group : groups)
    if (group.task == task && group.first().budget_bytes)
      lines[{*group.first().budget_bytes, group.series_name()}].push_back(&group);
  for (auto it = lines.begin(); it != lines.end();) {
    std::set<double> cuts;
    for (const RunGroup* group : it->second) cuts.insert(cut_of(group->first()));
    it = cuts.size() > 1 ? std::next(it) : lines.erase(it);
  }
  return lines;
}

Series split_series(const std::string& name, const std::vector<const RunGroup*>& members, int variant) {
  Series series{name, family_key(members.front()->first()), variant, Mark::kLinePoints};
  for (const AccuracyColumn accuracy : kAccuracyColumns) {
    std::vector<DataPoint> points;
    for (const RunGroup* group : members)
      if (auto point = split_point(*group, accuracy)) points.push_back(std::move(*point));
    std::stable_sort(points.begin(), points.end(),
                     [](const DataPoint& a, const DataPoint& b) { return a.x < b.x; });
    series.states.push_back(std::move(points));
  }
  return series;
}

/// The groups of a data set with exactly so many slots.
std::vector<const RunGroup*> with_slots(const std::vector<RunGroup>& groups, const std::string& task,
                                        std::int64_t slots) {
  std::vector<const RunGroup*> chosen;
  for (const RunGroup& group : groups)
    if (group.task == task && group.first().slots == slots && !group.first().budget_bytes)
      chosen.push_back(&group);
  return chosen;
}

std::size_t settings_in(const std::vector<const RunGroup*>& members) {
  std::set<std::string> names;
  for (const RunGroup* group : members) names.insert(encoder_text(group->first()) + group->first().setting);
  return names.size();
}

/// Numbers of slots with at least three settings to compare; the one with most of them first, then by size.
std::vector<std::int64_t> slot_choices(const std::vector<RunGroup>& groups, const std::string& task) {
  std::set<std::int64_t> all;
  for (const RunGroup& group : groups)
    if (group.task == task && group.first().slots) all.insert(*group.first().slots);
  std::vector<std::int64_t> choices;
  for (const std::int64_t slots : all)
    if (settings_in(with_slots(groups, task, slots)) >= 3) choices.push_back(slots);
  const auto most = std::max_element(choices.begin(), choices.end(), [&](std::int64_t a, std::int64_t b) {
    return settings_in(with_slots(groups, task, a)) <= settings_in(with_slots(groups, task, b));
  });
  if (most != choices.end()) std::rotate(choices.begin(), most, most + 1);
  return choices;
}

/// A line of one height over the range of all points: the accuracy of an uncompressed run of the recipe.
std::vector<DataPoint> level(const std::vector<const RunGroup*>& members, bool encoded,
                             const std::string& recipe, BytesColumn bytes, AccuracyColumn accuracy) {
  std::vector<DataPoint> all, line;
  for (const RunGroup* group : members)
    if (auto point = memory_point(*group, bytes, accuracy)) {
      const StoredRun& run = group->first();
      if (run.setting == "none" && (run.encoder != "none") == encoded && group->recipe == recipe &&
          line.empty())
        line.push_back(*point);
      all.push_back(std::move(*point));
    }
  if (line.empty()) return line;
  const auto [least, greatest] = std::minmax_element(
      all.begin(), all.end(), [](const DataPoint& a, const DataPoint& b) { return a.x < b.x; });
  DataPoint end = line[0];
  end.low = end.high = std::nullopt;
  std::vector<DataPoint> ends{end, end};
  ends[0].x = least->x;
  ends[1].x = greatest->x;
  return ends;
}

/// The states of a figure with the switches "slots", "bytes", "accuracy", in their order.
template <typename PointsOf>
Series slots_series(const std::string& name, const std::string& key, int variant, Mark mark,
                    const std::vector<std::vector<const RunGroup*>>& of_slots, const PointsOf& points) {
  Series series{name, key, variant, mark};
  for (const auto& members : of_slots)
    for (auto& state : memory_states([&](BytesColumn b, AccuracyColumn a) { return points(members, b, a); }))
      series.states.push_back(std::move(state));
  return series;
}

std::string with_recipe(const std::string& name, const std::string& recipe) {
  return name + (recipe.empty() ? "" : " (" + recipe + ")");
}

/// The line of the groups that are like this one in family, encoder and recipe.
Series family_series(const RunGroup& like, const std::vector<std::vector<const RunGroup*>>& of_slots) {
  const std::string family = family_key(like.first()), encoder = encoder_text(like.first());
  const int variant = encoder == "no encoder" ? 1 : 0;
  return slots_series(with_recipe(family + ", " + encoder, like.recipe), family, variant, Mark::kLinePoints,
                      of_slots,
                      [&](const std::vector<const RunGroup*>& members, BytesColumn b, AccuracyColumn a) {
                        std::vector<DataPoint> points;
                        for (const RunGroup* group : members)
                          if (family_key(group->first()) == family &&
                              encoder_text(group->first()) == encoder && group->recipe == like.recipe)
                            if (auto point = memory_point(*group, b, a)) points.push_back(std::move(*point));
                        std::stable_sort(points.begin(), points.end(),
                                         [](const DataPoint& p, const DataPoint& q) { return p.x < q.x; });
                        return points;
                      });
}

}  // namespace

Figure split_figure(const std::vector<RunGroup>& groups) {
  Figure figure{"split", "Where to cut the network"};
  figure.caption =
      "The same budget of bytes, spent after different blocks: early cuts store large maps, so few of them, "
      "and train more of "
      "the network. Error bars from the least to the greatest seed around the median.";
  figure.needs =
      "`packrat sweep where-to-split` fills it: runs with one `--memory_bytes` and different "
      "`--encoding_block`.";
  figure.switches = {memory_switches()[1]};
  for (const std::string& task : tasks_of(groups)) {
    Panel panel{task, {"cut after block (0: no encoder)"}, {"{accuracy} accuracy, %"}};
    std::map<std::string, int> variants;
    for (const auto& [line, members] : split_lines(groups, task)) {
      const std::string name = line.second + ", " + budget_text(line.first);
      panel.series.push_back(split_series(name, members, variants[family_key(members.front()->first())]++));
    }
    if (panel.series.empty()) continue;
    panel.x.low = -0.2;
    panel.x.high = 4.2;
    panel.x.step = 1;
    figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::clamp(static_cast<int>(figure.panels.size()), 1, 2);
  return figure;
}

Figure fixed_slots_figure(const std::vector<RunGroup>& groups, const std::string& task) {
  Figure figure{figure_name("fixed-slots", task), task};
  figure.caption =
      "What fewer bytes an entry cost when the number of entries stays. GDumb keeps raw pixels and trains "
      "the whole network; "
      "`no compression` keeps the encoder's maps as they are. Their lines are levels: their own bytes are "
      "those of the "
      "points named none.";
  figure.needs = fmt::format("`packrat sweep {}` fills it.", figure_name("fixed-slots", task));
  const std::vector<std::int64_t> choices = slot_choices(groups, task);
  if (choices.empty()) return figure;
  Switch slots{"slots", {}};
  std::vector<std::vector<const RunGroup*>> of_slots;
  for (const std::int64_t n : choices) {
    slots.choices.push_back(fmt::format("{}", n));
    of_slots.push_back(with_slots(groups, task, n));
  }
  figure.switches = memory_switches();
  figure.switches.insert(figure.switches.begin(), slots);
  Panel panel{"", {"replay memory, MiB, {bytes}", true}, {"{accuracy} accuracy, %"}};
  const auto add = [&panel](Series series) {
    if (std::any_of(series.states.begin(), series.states.end(),
                    [](const auto& points) { return !points.empty(); }))
      panel.series.push_back(std::move(series));
  };
  std::set<std::tuple<std::string, std::string, std::string>> known;
  std::set<std::string> recipes;
  for (const RunGroup& group : groups) {
    if (group.task != task) continue;
    recipes.insert(group.recipe);
    if (!known.emplace(family_key(group.first()), encoder_text(group.first()), group.recipe).second) continue;
    add(family_series(group, of_slots));
  }
  for (const bool encoded : {false, true})
    for (const std::string& recipe : recipes) {
      const char* const name = encoded ? "no compression" : "GDumb";
      const char* const key = encoded ? "no compression" : "gdumb";
      add(slots_series(with_recipe(name, recipe), key, 1, Mark::kLine, of_slots,
                       [&](const auto& members, BytesColumn b, AccuracyColumn a) {
                         return level(members, encoded, recipe, b, a);
                       }));
    }
  if (const auto at = random_accuracy(of_slots[0].front()->first()))
    panel.lines.push_back({*at, "random guessing", "random"});
  figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace packrat
