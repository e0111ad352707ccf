#include "engine/studies/roofline/pareto.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/csv.h"
#include "engine/core/shipped_files.h"
#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {

using Points = std::vector<SpeedPoint>;

bool dominates(const SpeedPoint& a, const SpeedPoint& b) {
  return a.top1 >= b.top1 && a.inputs_per_second >= b.inputs_per_second &&
         (a.top1 > b.top1 || a.inputs_per_second > b.inputs_per_second);
}

Points not_dominated(const Points& points) {
  Points out;
  for (const SpeedPoint& p : points)
    if (std::none_of(points.begin(), points.end(), [&](const SpeedPoint& q) { return dominates(q, p); }))
      out.push_back(p);
  std::stable_sort(out.begin(), out.end(), [](const SpeedPoint& a, const SpeedPoint& b) {
    return a.top1 != b.top1 ? a.top1 > b.top1 : a.inputs_per_second < b.inputs_per_second;
  });
  return out;
}

/// Members of each group; groups by name, as the notebooks' library orders them, which settles ties.
std::map<std::string, Points> grouped(const Points& points) {
  std::map<std::string, Points> groups;
  for (const SpeedPoint& p : points) groups[p.group].push_back(p);
  return groups;
}

double greatest_speed(const Points& group) {
  double out = 0;
  for (const SpeedPoint& p : group) out = std::max(out, p.inputs_per_second);
  return out;
}

double most_frequent_top1(const Points& group) {
  const auto count = [&](double top1) {
    return std::count_if(group.begin(), group.end(), [&](const SpeedPoint& p) { return p.top1 == top1; });
  };
  return std::max_element(
             group.begin(), group.end(),
             [&](const SpeedPoint& a, const SpeedPoint& b) { return count(a.top1) < count(b.top1); })
      ->top1;
}

/// What both published rules do at the end.
Points greatest_so_far(Points points) {
  std::stable_sort(points.begin(), points.end(),
                   [](const SpeedPoint& a, const SpeedPoint& b) { return a.top1 > b.top1; });
  Points out;
  for (SpeedPoint& p : points)
    if (out.empty() || p.inputs_per_second > out.back().inputs_per_second) out.push_back(std::move(p));
  return out;
}

Points published_front(const Points& points) {
  Points merged;
  for (const auto& [name, group] : grouped(points))
    merged.push_back({name, name, most_frequent_top1(group), greatest_speed(group)});
  return greatest_so_far(std::move(merged));
}

Points published_improved_front(const Points& points) {
  Points kept;
  for (const auto& [name, group] : grouped(points))
    for (const SpeedPoint& p : points)
      if (p.inputs_per_second == greatest_speed(group)) kept.push_back(p);
  return greatest_so_far(std::move(kept));
}

/// imagenet: every cell is a group of its own; else all widths of a network on a platform are one.
SpeedPoint theory_point(const PublishedCell& cell, const PublishedNetwork& network, Precision precision) {
  const std::string topology = network.name.substr(0, network.name.find(' '));
  const std::string& rest = network.data_set == "imagenet" ? cell.network_label : topology;
  return {fmt::format("{}, {} {}", cell.platform_label, network.name, precision_name(precision)),
          fmt::format("{}, {}", cell.platform_label, rest), network.top1.at(precision),
          *parse_number(cell.listed)};
}

/// As the notebooks spelt a label of the accuracy table.
std::set<std::string> published_accuracy_labels() {
  const CsvTable table = read_csv(shipped_table("qutibench/snapshot_2e994bd/cnn_topologies_accuracy.csv"));
  std::set<std::string> labels;
  for (const std::vector<std::string>& row : table.rows) {
    std::string label = row[0];
    std::replace(label.begin(), label.end(), ' ', '_');
    labels.insert(label);
  }
  return labels;
}

}  // namespace

const std::vector<NamedRule>& front_rules() {
  static const std::vector<NamedRule> rules{
      {FrontRule::kPublished, "published", "each group's greatest speed beside its most frequent accuracy"},
      {FrontRule::kPublishedImproved, "published, improved", "points as fast as the fastest of any group"},
      {FrontRule::kRight, "right", "points that no other beats"},
  };
  return rules;
}

std::vector<SpeedPoint> pareto_front(const std::vector<SpeedPoint>& points, FrontRule rule) {
  switch (rule) {
    case FrontRule::kPublished:
      return published_front(points);
    case FrontRule::kPublishedImproved:
      return published_improved_front(points);
    default:
      return not_dominated(points);
  }
}

bool is_among(const SpeedPoint& point, const std::vector<SpeedPoint>& points) {
  return std::any_of(points.begin(), points.end(), [&](const SpeedPoint& p) {
    return p.top1 == point.top1 && p.inputs_per_second == point.inputs_per_second;
  });
}

std::vector<std::string> impossible_points(const std::vector<SpeedPoint>& front,
                                           const std::vector<SpeedPoint>& points) {
  std::vector<std::string> out;
  const auto name_of = [&](const std::string& group, double SpeedPoint::*field, double value) {
    for (const SpeedPoint& p : points)
      if (p.group == group && p.*field == value) return p;
    return SpeedPoint{"?", "", 0, 0};
  };
  for (const SpeedPoint& f : front) {
    if (is_among(f, points)) continue;
    const SpeedPoint fast = name_of(f.group, &SpeedPoint::inputs_per_second, f.inputs_per_second);
    const SpeedPoint right = name_of(f.group, &SpeedPoint::top1, f.top1);
    out.push_back(fmt::format(
        "{:g} % at {:.6g}/s: the speed is of {}, which reaches {:g} %; the accuracy is of {}, at {:.6g}/s",
        f.top1, f.inputs_per_second, fast.name, fast.top1, right.name, right.inputs_per_second));
  }
  return out;
}

SpeedPoints theory_points(const std::string& data_set, NameJoin join) {
  check_data_set(data_set);
  const std::vector<PublishedNetwork> networks = published_networks();
  const std::set<std::string> labels = published_accuracy_labels();
  std::vector<std::pair<std::string, int>> lost;
  SpeedPoints out;
  for (const PublishedCell& cell : published_cells(data_set)) {
    const SplitLabel split = split_precision(cell.network_label);
    const PublishedNetwork* const network = find_published(networks, parse_network_label(split.name));
    const bool joins = join == NameJoin::kRepaired || labels.count(std::string(split.name));
    if (joins && network && network->top1.count(*split.precision)) {
      out.points.push_back(theory_point(cell, *network, *split.precision));
      continue;
    }
    if (lost.empty() || lost.back().first != split.name) lost.emplace_back(split.name, 0);
    ++lost.back().second;
  }
  for (const auto& [name, cells] : lost)
    out.unjoined.push_back(fmt::format("{} ({} predictions)", name, cells));
  return out;
}

std::vector<SpeedPoint> measured_points(const std::string& data_set) {
  std::vector<SpeedPoint> out;
  for (const MeasuredPoint& m : published_measured_points(data_set)) {
    const std::string place = fmt::format("{}-{}", m.platform, precision_name(m.precision));
    const std::string name = fmt::format("{}, {} {:g}%", place, m.network, m.label.width_percent);
    out.push_back({name, data_set == "imagenet" ? name : fmt::format("{}, {}", place, m.network),
                   m.top1.value(), m.inputs_per_second});
  }
  return out;
}

}  // namespace packrat
