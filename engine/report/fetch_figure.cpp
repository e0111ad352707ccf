// The figure of accuracy and memory in J. Weissflog, P. Protzel, P. Neubert, "FETCH: A Memory-Efficient
// Replay Approach for Continual Learning in Image Classification", IDEAL 2023.
#include <algorithm>
#include <array>
#include <map>

#include "engine/methods/method_table.h"
#include "engine/report/memory_figures.h"

namespace packrat {
namespace {

/// A series of the figure: a codec of one setting, on images or behind the encoder.
struct FetchSeries {
  const char* name;
  bool images;         ///< GDumb's entries
  const char* family;  ///< family_key()
  const char* option;  ///< that its setting varies
  const char* value;
};

constexpr std::array kFetchSeries{
    FetchSeries{"GDumb", true, "none", "", ""},
    FetchSeries{"autoencoder 16", true, "convae", "latent_channels", "16"},
    FetchSeries{"FETCH, no compressor", false, "none", "", ""},
    FetchSeries{"FETCH, thinning 0.5", false, "thinning", "compression_factor", "0.5"},
    FetchSeries{"FETCH, thinning 0.95", false, "thinning", "compression_factor", "0.95"},
    FetchSeries{"FETCH, quantization transfer 2", false, "quantization transfer", "n_states", "2"},
    FetchSeries{"FETCH, quantization transfer 4", false, "quantization transfer", "n_states", "4"},
    FetchSeries{"FETCH, quantization transfer 32", false, "quantization transfer", "n_states", "32"}};

bool belongs_to(const FetchSeries& series, const RunGroup& group, const std::string& encoder) {
  const StoredRun& run = group.first();
  if (run.method != kReplayMethod || family_key(run) != series.family) return false;
  if (encoder_text(run) != (series.images ? "no encoder" : encoder)) return false;
  if (*series.option == '\0') return true;
  const auto at = run.options.find(series.option);
  return at != run.options.end() && at->second == series.value;
}

/// By rising bytes; seeds are their median here, as an error bar across has no place in a figure's points.
std::vector<DataPoint> upright_points(const std::vector<const RunGroup*>& members, BytesColumn bytes,
                                      AccuracyColumn accuracy) {
  std::vector<DataPoint> points;
  for (const RunGroup* group : members)
    if (const auto point = memory_point(*group, bytes, accuracy))
      points.push_back({point->y, point->x, {}, {}, point->hover});
  std::stable_sort(points.begin(), points.end(),
                   [](const DataPoint& a, const DataPoint& b) { return a.y < b.y; });
  return points;
}

void add_fetch_lines(const FetchSeries& row, const std::vector<RunGroup>& groups, const std::string& task,
                     const std::string& encoder, Panel& panel) {
  std::map<std::string, std::vector<const RunGroup*>> recipes;
  for (const RunGroup& group : groups)
    if (group.task == task && belongs_to(row, group, encoder)) recipes[group.recipe].push_back(&group);
  for (const auto& [recipe, members] : recipes) {
    Series line{row.name + (recipe.empty() ? std::string() : " (" + recipe + ")"),
                row.images && *row.option == '\0' ? "gdumb" : row.family,
                setting_variant(members.front()->first()), Mark::kLinePoints};
    line.states = memory_states(
        [&, &lines = members](BytesColumn b, AccuracyColumn a) { return upright_points(lines, b, a); });
    panel.series.push_back(std::move(line));
  }
}

}  // namespace

Figure fetch_figure(const std::vector<RunGroup>& groups) {
  Figure figure{"fetch-figure", "GDumb and FETCH: memory against accuracy"};
  figure.caption =
      "The FETCH paper's figure: eight series, one point a number of slots, the medians of their seeds. "
      "GDumb "
      "and the autoencoder keep images, FETCH keeps features of the encoder that the panel names. Down and "
      "right is better. The dashed line: random guessing.";
  figure.needs = "`packrat sweep fetch-figure` fills it.";
  figure.switches = memory_switches();
  const std::vector<std::string> tasks = tasks_of(groups);
  for (const std::string& task : tasks) {
    const std::string encoder = main_encoder(groups, task);
    Panel panel{task + ", " + encoder, {"{accuracy} accuracy, %"}, {"total memory, MiB, {bytes}", true}};
    for (const FetchSeries& row : kFetchSeries) add_fetch_lines(row, groups, task, encoder, panel);
    if (panel.series.empty()) continue;
    for (const RunGroup& group : groups)
      if (const auto at = random_accuracy(group.first()); at && group.task == task && panel.lines.empty())
        panel.lines.push_back({*at, "random guessing", "random", true});
    figure.panels.push_back(std::move(panel));
  }
  figure.columns = std::clamp(static_cast<int>(figure.panels.size()), 1, 2);
  return figure;
}

}  // namespace packrat
