#include "engine/report/area_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "engine/report/front.h"

namespace packrat {
namespace {

/// What the seeds of one family give: its points by seed.
struct FamilyPoints {
  std::map<std::int64_t, std::vector<Tradeoff>> of_seed;
  std::size_t groups = 0;  ///< a complete seed has a point of each
};

using FieldKey = std::tuple<std::string, std::string, std::string>;  // task, encoder, recipe
struct Field {
  std::vector<std::pair<std::string, FamilyPoints>> families;  // in the order of the groups
};

FamilyPoints& family_of(Field& field, const std::string& name) {
  for (auto& [known, points] : field.families)
    if (known == name) return points;
  return field.families.emplace_back(name, FamilyPoints{}).second;
}

std::vector<std::pair<FieldKey, Field>> fields_of(const std::vector<RunGroup>& groups, BytesColumn bytes,
                                                  AccuracyColumn accuracy) {
  std::vector<std::pair<FieldKey, Field>> fields;
  for (const RunGroup& group : groups) {
    const StoredRun& run = group.first();
    const FieldKey key{group.task, encoder_text(run), group.recipe};
    auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == key; });
    if (at == fields.end()) at = fields.insert(fields.end(), {key, {}});
    FamilyPoints& family = family_of(at->second, family_key(run));
    bool any = false;
    for (const StoredRun* r : group.runs)
      if (const auto x = mib_of(*r, bytes), y = accuracy_of(*r, accuracy); x && y && *x > 0) {
        family.of_seed[r->seed.value_or(0)].push_back({*x, *y});
        any = true;
      }
    family.groups += any;
  }
  return fields;
}

void keep_complete_seeds(FamilyPoints& family, std::size_t& left_out) {
  for (auto it = family.of_seed.begin(); it != family.of_seed.end();) {
    const bool complete = it->second.size() >= family.groups;
    left_out += !complete;
    it = complete ? std::next(it) : family.of_seed.erase(it);
  }
}

bool has_two_sizes(const FamilyPoints& family) {
  std::set<double> sizes;
  for (const auto& [seed, points] : family.of_seed)
    for (const Tradeoff& p : points) sizes.insert(p.cost);
  return sizes.size() > 1;
}

/// The bytes that all families share: from where each has a point, to the first one's last.
std::pair<double, double> common_range(const Field& field) {
  double low = 0, high = std::numeric_limits<double>::infinity();
  for (const auto& [name, family] : field.families)
    for (const auto& [seed, points] : family.of_seed) {
      const auto [least, greatest] = std::minmax_element(
          points.begin(), points.end(), [](const Tradeoff& a, const Tradeoff& b) { return a.cost < b.cost; });
      low = std::max(low, least->cost);
      high = std::min(high, greatest->cost);
    }
  return {low, high};
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

std::optional<double> t_half_width(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const double n = static_cast<double>(values.size()), mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const boost::math::students_t student(n - 1);
  return boost::math::quantile(student, 0.975) * std::sqrt(squares / (n - 1) / n);
}

std::vector<FamilyArea> family_areas(const std::vector<RunGroup>& groups, BytesColumn bytes,
                                     AccuracyColumn accuracy) {
  std::vector<FamilyArea> areas;
  auto fields = fields_of(groups, bytes, accuracy);
  for (auto& [key, field] : fields) {
    std::map<std::string, std::size_t> left_out;
    for (auto& [name, family] : field.families) keep_complete_seeds(family, left_out[name]);
    field.families.erase(std::remove_if(field.families.begin(), field.families.end(),
                                        [](const auto& family) { return !has_two_sizes(family.second); }),
                         field.families.end());
    if (field.families.empty()) continue;
    const auto [low, high] = common_range(field);
    if (!(low > 0 && low < high)) continue;
    for (const auto& [name, family] : field.families) {
      if (family.of_seed.empty()) continue;
      FamilyArea area{
          std::get<0>(key), std::get<1>(key), name, std::get<2>(key), low, high, {}, left_out[name], 0, {}};
      for (const auto& [seed, points] : family.of_seed)
        area.of_seed.push_back(mean_over_log_cost(points, low, high));
      area.mean = mean_of(area.of_seed);
      area.half_width = t_half_width(area.of_seed);
      areas.push_back(std::move(area));
    }
  }
  return areas;
}

Table area_table(const std::vector<RunGroup>& groups) {
  Table table{
      "area",
      "",
      "Runs of at least two sizes for each codec family, such as `packrat sweep rescon-cifar10`, fill it.",
      {},
      {}};
  table.columns = {
      {"data set"},
      {"encoder"},
      {"codec family"},
      {"recipe"},
      {"bytes"},
      {"accuracy"},
      {"from MiB", 4},
      {"to MiB", 4},
      {"mean accuracy %", 2, "area under accuracy against log bytes, divided by the width of the range"},
      {"95 % interval", 2, "half its width; Student's t over seeds"},
      {"seeds"},
      {"seeds left out"}};
  for (const auto& [bytes, bytes_name] :
       {std::pair{BytesColumn::kMeasured, "measured"}, std::pair{BytesColumn::kExact, "exact"},
        std::pair{BytesColumn::kPublished, "published"}})
    for (const auto& [accuracy, accuracy_name] :
         {std::pair{AccuracyColumn::kFinal, "final"}, std::pair{AccuracyColumn::kBest, "best"}})
      for (const FamilyArea& area : family_areas(groups, bytes, accuracy))
        table.rows.push_back({area.task, area.encoder, area.family, area.recipe, std::string(bytes_name),
                              std::string(accuracy_name), area.low_mib, area.high_mib, area.mean,
                              area.half_width ? TableCell(fmt::format("± {:.2f}", *area.half_width))
                                              : TableCell(std::string("none (n=1)")),
                              static_cast<std::int64_t>(area.of_seed.size()),
                              static_cast<std::int64_t>(area.seeds_left_out)});
  return table;
}

std::string area_method() {
  return "For each codec family the best accuracy for at most so many bytes (the family's front over its "
         "settings and slots) is "
         "interpolated linearly in the logarithm of the bytes, and its area divided by the width of the "
         "range: a mean accuracy in "
         "per cent. All families of a task and encoder share one range: from the bytes at which the last "
         "of them has a run, "
         "to those at which the first has its largest. One value a seed, from the seeds that have all of the "
         "family's runs; the "
         "interval is Student's t at 95 % over seeds, none for one seed.";
}

}  // namespace packrat
