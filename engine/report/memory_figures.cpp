// Accuracy against memory: lines of codec settings, codec families, and the front of all runs.
#include "engine/report/memory_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "engine/methods/method_table.h"
#include "engine/report/figure_name.h"
#include "engine/report/front.h"

namespace packrat {
namespace {

using Members = std::vector<const RunGroup*>;

const Axis kMemoryAxis{"replay memory, MiB, {bytes}", true};
const Axis kAccuracyAxis{"{accuracy} accuracy, %"};

/// The points of some groups, by rising bytes.
std::vector<DataPoint> sorted_points(const Members& members, BytesColumn bytes, AccuracyColumn accuracy) {
  std::vector<DataPoint> points;
  for (const RunGroup* group : members)
    if (auto point = memory_point(*group, bytes, accuracy)) points.push_back(std::move(*point));
  std::stable_sort(points.begin(), points.end(),
                   [](const DataPoint& a, const DataPoint& b) { return a.x < b.x; });
  return points;
}

Series setting_series(const Members& members) {
  const RunGroup& group = *members.front();
  Series series{group.series_name(), family_key(group.first()), setting_variant(group.first()),
                Mark::kLinePoints};
  series.states =
      memory_states([&](BytesColumn b, AccuracyColumn a) { return sorted_points(members, b, a); });
  return series;
}

/// One series a codec setting, in the order of the groups.
std::vector<Series> setting_lines(const Members& members) {
  std::vector<std::pair<std::string, Members>> lines;
  for (const RunGroup* group : members) {
    const std::string name = group->series_name();
    const auto at =
        std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == name; });
    (at == lines.end() ? lines.emplace_back(name, Members{}) : *at).second.push_back(group);
  }
  std::vector<Series> series;
  for (const auto& [name, line] : lines) series.push_back(setting_series(line));
  return series;
}

Members members_of(const std::vector<RunGroup>& groups, const std::string& task, const std::string& encoder) {
  Members members;
  for (const RunGroup& group : groups)
    if (group.task == task && encoder_text(group.first()) == encoder) members.push_back(&group);
  return members;
}

void add_random_line(const Members& members, Panel& panel) {
  for (const RunGroup* group : members)
    if (const auto at = random_accuracy(group->first())) {
      panel.lines.push_back({*at, "random guessing", "random"});
      return;
    }
}

std::vector<DataPoint> front_points(const std::vector<RunGroup>& groups, const std::string& task,
                                    BytesColumn bytes, AccuracyColumn accuracy) {
  std::vector<DataPoint> points, front;
  std::vector<Tradeoff> tradeoffs;
  for (const RunGroup& group : groups)
    if (auto point = memory_point(group, bytes, accuracy); point && group.task == task) {
      tradeoffs.push_back({point->x, point->y});
      points.push_back(std::move(*point));
    }
  for (const std::size_t at : best_for_cost(tradeoffs)) {
    front.push_back(points[at]);
    front.back().low = front.back().high = std::nullopt;  // the run itself carries the error bar
  }
  return front;
}

/// What methods without entries reach in at most so many bytes, as a line beside the codecs'.
void add_closed_form_line(const Members& members, Panel& panel) {
  std::vector<RunGroup> closed;
  for (const RunGroup* group : members)
    if (!keeps_entries(group->first().method)) closed.push_back(*group);
  if (closed.empty()) return;
  Series line{"closed forms", "closed forms", 0, Mark::kSteps};
  line.states = memory_states(
      [&](BytesColumn b, AccuracyColumn a) { return front_points(closed, closed[0].task, b, a); });
  panel.series.push_back(std::move(line));
}

Members of_family(const Members& members, const std::string& family) {
  Members chosen;
  for (const RunGroup* group : members)
    if (family_key(group->first()) == family) chosen.push_back(group);
  return chosen;
}

}  // namespace

Figure accuracy_memory_figure(const std::vector<RunGroup>& groups) {
  Figure figure{"accuracy-memory", "Accuracy against replay memory"};
  figure.caption =
      "One line a codec setting, one point a number of slots; error bars from the least to the greatest seed "
      "around the "
      "median; closed forms: what methods without entries reach. The switches choose which bytes and which "
      "accuracy; click on a name to hide or show it.";
  figure.needs =
      "`packrat sweep rescon-cifar10` and `rescon-cifar100` fill it, and so does any `packrat run`.";
  figure.switches = memory_switches();
  figure.columns = 1;
  for (const std::string& task : tasks_of(groups)) {
    const auto encoders = encoders_of(groups, task);
    figure.columns = std::clamp(static_cast<int>(encoders.size()), figure.columns, 2);
    for (const auto& [encoder, count] : encoders) {
      const Members members = members_of(groups, task, encoder);
      Panel panel{task + ", " + encoder, kMemoryAxis, kAccuracyAxis, setting_lines(members)};
      add_closed_form_line(members, panel);
      add_random_line(members, panel);
      figure.panels.push_back(std::move(panel));
    }
  }
  return figure;
}

Figure family_figure(const std::vector<RunGroup>& groups, const std::string& task) {
  constexpr std::array families{"thinning", "quantization local", "quantization transfer", "convae", "fcae",
                                "vae"};
  Figure figure{figure_name("families", task), task};
  figure.caption =
      "The papers' panels: codec families side by side, with and without an encoder, all on the same axes; "
      "black: no codec.";
  figure.needs = fmt::format("`packrat sweep {}` fills it.", figure_name("rescon", task));
  figure.switches = memory_switches();
  figure.columns = static_cast<int>(families.size());
  figure.shared_axes = true;
  for (const std::string& encoder : {main_encoder(groups, task), std::string("no encoder")})
    for (const char* const family : families) {
      const Members members = members_of(groups, task, encoder);
      Panel panel;
      panel.title = family;
      panel.x = kMemoryAxis;
      panel.y.title = encoder + "\n" + kAccuracyAxis.title;
      panel.series = setting_lines(of_family(members, "none"));
      for (Series& series : setting_lines(of_family(members, family)))
        panel.series.push_back(std::move(series));
      add_random_line(members, panel);
      figure.panels.push_back(std::move(panel));
    }
  return figure;
}

Figure front_figure(const std::vector<RunGroup>& groups) {
  Figure figure{"front", "The best accuracy for the memory"};
  figure.caption =
      "Every codec setting, encoder and number of slots (median of its seeds), and the front: what is best "
      "for at most so many MiB.";
  figure.needs = "Any `packrat run` or `packrat sweep` fills it.";
  figure.switches = memory_switches();
  const std::vector<std::string> tasks = tasks_of(groups);
  figure.columns = std::clamp(static_cast<int>(tasks.size()), 1, 2);
  for (const std::string& task : tasks) {
    Panel panel{task, kMemoryAxis, kAccuracyAxis};
    for (const auto& [encoder, count] : encoders_of(groups, task)) {
      std::map<std::string, Members> families;
      std::vector<std::string> order;
      for (const RunGroup* group : members_of(groups, task, encoder))
        if (families[family_key(group->first())].push_back(group);
            families[family_key(group->first())].size() == 1)
          order.push_back(family_key(group->first()));
      for (const std::string& family : order) {
        const int variant =
            encoder == "no encoder" ? 6 : static_cast<int>(cut_of(families[family][0]->first())) % 4;
        Series series{family + ", " + encoder, family, variant, Mark::kPoints};
        series.states = memory_states(
            [&](BytesColumn b, AccuracyColumn a) { return sorted_points(families[family], b, a); });
        panel.series.push_back(std::move(series));
      }
    }
    Series front{"front", "front", 0, Mark::kSteps};
    front.states =
        memory_states([&](BytesColumn b, AccuracyColumn a) { return front_points(groups, task, b, a); });
    panel.series.push_back(std::move(front));
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace packrat
