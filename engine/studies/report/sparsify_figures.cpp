// What becomes of accuracy as weights are dropped, and when early stopping ends a stage.
#include "engine/studies/report/sparsify_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/report/figure_name.h"

namespace packrat {
namespace {

constexpr const char* kMethods[] = {"vd", "ard"};
constexpr const char* kStages[] = {"fine-tune", "sparsify"};
constexpr double kUsefulCompression[] = {50, 500};  // the published range in which fine-tuning helps
constexpr const char* kBandName = "least to greatest";
constexpr int kPublishedMark = 6;  // thin crosses

std::string upper(const std::string& method) {
  return method == "vd" ? "VD" : "ARD";
}

// --- accuracy against compression ---

/// One of the two accuracies.
struct Accuracy {
  const char *name, *key;
  Spread (SparsifyGroup::*ours)() const;
  double PublishedTradeoff::*published;
};
constexpr Accuracy kAccuracies[] = {
    {"before fine-tuning", "before", &SparsifyGroup::before, &PublishedTradeoff::before},
    {"fine-tuned", "fine-tuned", &SparsifyGroup::after, &PublishedTradeoff::after}};

DataPoint tradeoff_point(const SparsifyGroup& group, const Accuracy& accuracy) {
  const Spread acc = (group.*accuracy.ours)(), compression = group.compression();
  DataPoint point{compression.median, acc.median};
  if (group.runs.size() > 1) point.low = acc.low, point.high = acc.high;
  point.hover = fmt::format("C {}, {} {}\ncompression {:.1f}\n{:.2f} %", group.first().c, group.runs.size(),
                            group.runs.size() == 1 ? "seed" : "seeds", compression.median, acc.median);
  if (const std::string others = departures(group.first()); !others.empty()) point.hover += "\n" + others;
  return point;
}

Series our_tradeoffs(const std::vector<SparsifyGroup>& groups, const SparsifiedNetwork& network,
                     const Accuracy& accuracy) {
  Series series{fmt::format("ours, {}", accuracy.name), accuracy.key,
                accuracy.key == std::string("before") ? 0 : 1, Mark::kPoints};
  for (const char* method : kMethods) {
    std::vector<DataPoint>& points = series.states.emplace_back();
    for (const SparsifyGroup& group : groups)
      if (group.network() == network && group.first().method == method)
        points.push_back(tradeoff_point(group, accuracy));
  }
  return series;
}

Series published_tradeoffs(const PublishedSparsification& published, const SparsifiedNetwork& network,
                           const Accuracy& accuracy) {
  Series series{fmt::format("published, {}", accuracy.name), fmt::format("{}, published", accuracy.key),
                kPublishedMark, Mark::kPoints};
  for (const char* method : kMethods) {
    std::vector<DataPoint>& points = series.states.emplace_back();
    for (const PublishedTradeoff& p : published.tradeoffs)
      if (p.network == network && p.method == method)
        points.push_back({p.compression,
                          100 * (p.*accuracy.published),
                          {},
                          {},
                          fmt::format("published\ncompression {:.1f}\n{:.2f} %", p.compression,
                                      100 * (p.*accuracy.published))});
  }
  return series;
}

/// The least and the greatest of all dense accuracies: a band, or a line when they are one.
void add_dense(const std::string& label, const std::string& key, std::vector<double> accuracies,
               Panel& panel) {
  if (const auto all = spread_of(std::move(accuracies)); all && all->low < all->high)
    panel.bands.push_back({all->low, all->high, label, key, /*vertical=*/false});
  else if (all)
    panel.lines.push_back({all->low, label, key});
}

/// What is drawn, with a little room: accuracies are far from 0.
void fit_accuracies(Panel& panel) {
  double low = 100, high = 0;
  const auto add = [&](double at) { low = std::min(low, at), high = std::max(high, at); };
  for (const Series& series : panel.series)
    for (const auto& points : series.states)
      for (const DataPoint& p : points) add(p.low.value_or(p.y)), add(p.high.value_or(p.y));
  for (const ReferenceBand& band : panel.bands) add(band.low), add(band.high);
  for (const ReferenceLine& line : panel.lines) add(line.at);
  if (low > high) return;
  const double room = std::max(0.1, 0.04 * (high - low));
  panel.y.low = low - room;
  panel.y.high = high + room;
}

bool has_points(const Series& series) {
  return std::any_of(series.states.begin(), series.states.end(),
                     [](const auto& points) { return !points.empty(); });
}

Panel tradeoff_panel(const std::vector<SparsifyGroup>& groups, const PublishedSparsification& published,
                     const SparsifiedNetwork& network) {
  Panel panel{network.network(), {"compression, {method}", true}, {"accuracy, %"}};
  for (const Accuracy& accuracy : kAccuracies)
    if (Series series = published_tradeoffs(published, network, accuracy); has_points(series))
      panel.series.push_back(std::move(series));
  for (const Accuracy& accuracy : kAccuracies)
    if (Series series = our_tradeoffs(groups, network, accuracy); has_points(series))
      panel.series.push_back(std::move(series));
  std::vector<double> theirs, ours;
  for (const PublishedDense& dense : published.dense)
    if (dense.network == network) theirs.insert(theirs.end(), {100 * dense.least, 100 * dense.greatest});
  for (const SparsifyGroup& group : groups)
    if (group.network() == network)
      for (const StoredSparsification* run : group.runs) ours.push_back(100 * run->dense_acc);
  add_dense("dense, published", "published", std::move(theirs), panel);
  add_dense("dense, ours", "none", std::move(ours), panel);
  fit_accuracies(panel);
  return panel;
}

std::vector<SparsifiedNetwork> networks_of(const std::vector<SparsifyGroup>& groups,
                                           const PublishedSparsification& published,
                                           const std::string& dataset) {
  std::vector<SparsifiedNetwork> networks;
  const auto add = [&](const SparsifiedNetwork& network) {
    if (network.dataset == dataset && std::find(networks.begin(), networks.end(), network) == networks.end())
      networks.push_back(network);
  };
  for (const PublishedDense& dense : published.dense) add(dense.network);
  for (const SparsifyGroup& group : groups) add(group.network());
  std::sort(networks.begin(), networks.end(), [](const SparsifiedNetwork& a, const SparsifiedNetwork& b) {
    return std::tie(a.complex, a.model) < std::tie(b.complex, b.model);
  });
  return networks;
}

// --- epochs until early stopping ---

/// A network of ours, or MusicNet's: the points of one method.
struct StopSeries {
  std::string name, key;
  int variant = 0;
};

/// The median line, and behind it the band from the least to the greatest. All bands share an entry of the
/// legend, which would show a line's colour too lightly.
void add_line(const StopSeries& look, std::vector<std::vector<DataPoint>> states, Panel& panel) {
  panel.series.push_back({kBandName, look.key, look.variant, Mark::kBand, states});
  for (auto& points : states)
    for (DataPoint& p : points) p.low = p.high = std::nullopt;
  panel.series.push_back({look.name, look.key, look.variant, Mark::kLinePoints, std::move(states)});
}

void add_published_stops(const PublishedSparsification& published, const std::string& method, Panel& by_c,
                         Panel& by_compression) {
  const StopSeries look{fmt::format("{}, MusicNet, published", upper(method)), method + ", published",
                        kPublishedMark};
  std::vector<DataPoint> line, points;
  for (const PublishedStop& stop : published.stops)
    if (stop.method == method)
      line.push_back({stop.c, stop.median, stop.least, stop.greatest,
                      fmt::format("{}\nC {}\n{:.0f} epochs ({:.0f} to {:.0f})", look.name, stop.c,
                                  stop.median, stop.least, stop.greatest)});
  for (const PublishedStopPoint& p : published.stop_points)
    if (p.method == method)
      points.push_back(
          {p.compression,
           p.epochs,
           {},
           {},
           fmt::format("{}\ncompression {:.1f}\n{:.0f} epochs", look.name, p.compression, p.epochs)});
  add_line(look, {std::move(line), {}}, by_c);
  by_compression.series.push_back(
      {look.name, look.key, look.variant, Mark::kPoints, {std::move(points), {}}});
}

/// Epochs of the stage, of the seeds in which it was allowed to stop early.
std::vector<double> epochs_of(const SparsifyGroup& group, const std::string& stage) {
  std::vector<double> epochs;
  for (const StoredSparsification* run : group.runs)
    if (stage_of(*run, stage).may_stop) epochs.push_back(static_cast<double>(stage_of(*run, stage).epochs));
  return epochs;
}

DataPoint stop_point(const SparsifyGroup& group, const Spread& epochs) {
  return {group.first().c, epochs.median, epochs.low, epochs.high,
          fmt::format("{} on {}\nC {}, {} {}\n{:g} epochs ({:g} to {:g})", group.network().network(),
                      group.first().dataset, group.first().c, epochs.count,
                      epochs.count == 1 ? "seed" : "seeds", epochs.median, epochs.low, epochs.high)};
}

void add_our_stops(const std::vector<const SparsifyGroup*>& groups, const StopSeries& look, Panel& by_c,
                   Panel& by_compression) {
  std::vector<std::vector<DataPoint>> lines, clouds;
  for (const char* stage : kStages) {
    std::vector<DataPoint>&line = lines.emplace_back(), &cloud = clouds.emplace_back();
    for (const SparsifyGroup* group : groups) {
      if (const auto epochs = spread_of(epochs_of(*group, stage)))
        line.push_back(stop_point(*group, *epochs));
      for (const StoredSparsification* run : group->runs)
        if (stage_of(*run, stage).may_stop)
          cloud.push_back({run->compression,
                           static_cast<double>(stage_of(*run, stage).epochs),
                           {},
                           {},
                           fmt::format("{}\nC {}, seed {}\ncompression {:.1f}\n{} epochs, ended {}",
                                       look.name, run->c, run->seed, run->compression,
                                       stage_of(*run, stage).epochs, stage_of(*run, stage).end)});
    }
  }
  add_line(look, std::move(lines), by_c);
  by_compression.series.push_back({look.name, look.key, look.variant, Mark::kPoints, std::move(clouds)});
}

/// Groups that may stop early, by the line they belong to: method, network, and what else differs but C.
std::map<std::string, std::vector<const SparsifyGroup*>> stop_lines(
    const std::vector<SparsifyGroup>& groups) {
  std::map<std::string, std::vector<const SparsifyGroup*>> lines;
  for (const SparsifyGroup& group : groups) {
    const StoredSparsification& run = group.first();
    if (!run.sparsify.may_stop && !run.fine_tune.may_stop) continue;
    std::string name = fmt::format("{}, {}, {}", upper(run.method), group.network().network(), run.dataset);
    for (const std::string& option : other_options()) {
      const auto it = run.options.find(option);
      const bool differs = std::any_of(groups.begin(), groups.end(), [&](const SparsifyGroup& other) {
        const StoredSparsification& o = other.first();
        const auto its = o.options.find(option);
        return (o.sparsify.may_stop || o.fine_tune.may_stop) && it != run.options.end() &&
               its != o.options.end() && its->second != it->second;
      });
      if (differs) name += fmt::format(", {} {}", option, it->second);
    }
    lines[name].push_back(&group);
  }
  return lines;
}

}  // namespace

Figure compression_figure(const std::vector<SparsifyGroup>& groups, const PublishedSparsification& published,
                          const std::string& dataset) {
  Figure figure{figure_name("compression", dataset), "Compression and accuracy, " + dataset};
  figure.caption =
      "Compression is parameters over those left; accuracy is of the test set, with the weights dropped and "
      "then "
      "fine-tuned. Crosses: the published replicates, five for each C. Bands: the least to the greatest "
      "accuracy of dense "
      "networks. Ours: the median of the seeds, with a bar from the least to the greatest.";
  figure.needs = "`packrat sweep sparsify-fashion`, or `packrat sparsify` on " + dataset;
  figure.columns = 2;
  figure.switches = {{"method", {std::begin(kMethods), std::end(kMethods)}}};
  for (const SparsifiedNetwork& network : networks_of(groups, published, dataset))
    figure.panels.push_back(tradeoff_panel(groups, published, network));
  return figure;
}

Figure early_stop_figure(const std::vector<SparsifyGroup>& groups, const PublishedSparsification& published) {
  Figure figure{"early-stopping", "Epochs until early stopping"};
  figure.caption = fmt::format(
      "Epochs of the stage before early stopping ended it; the greatest are those of stages that were never "
      "stopped. "
      "Lines: medians of seeds or replicates, bands from the least to the greatest. Shaded: compressions "
      "from {:.0f} to "
      "{:.0f}. Published: a complex network on MusicNet that scored average precision, fine-tuning alone; "
      "ours score "
      "accuracy.",
      kUsefulCompression[0], kUsefulCompression[1]);
  figure.needs = "`packrat sweep sparsify-early-stop`";
  figure.columns = 2;
  figure.switches = {{"stage", {std::begin(kStages), std::end(kStages)}}};
  Panel by_c{"against C", {"C", true}, {"epochs of {stage}"}},
      by_compression{"against compression", {"compression", true}, {"epochs of {stage}"}};
  by_compression.bands.push_back(
      {kUsefulCompression[0], kUsefulCompression[1],
       fmt::format("compression {:.0f} to {:.0f}", kUsefulCompression[0], kUsefulCompression[1])});
  for (const char* method : kMethods) add_published_stops(published, method, by_c, by_compression);
  std::map<std::string, int> variants;  // by method
  for (const auto& [name, line] : stop_lines(groups)) {
    const std::string& method = line.front()->first().method;
    add_our_stops(line, {name, method, variants[method]++}, by_c, by_compression);
  }
  figure.panels = {std::move(by_c), std::move(by_compression)};
  return figure;
}

std::vector<std::string> sparsified_datasets(const std::vector<SparsifyGroup>& groups,
                                             const PublishedSparsification& published) {
  std::vector<std::string> datasets;
  const auto add = [&](const std::string& dataset) {
    if (std::find(datasets.begin(), datasets.end(), dataset) == datasets.end()) datasets.push_back(dataset);
  };
  for (const SparsifyGroup& group : groups) add(group.first().dataset);
  for (const PublishedTradeoff& point : published.tradeoffs) add(point.network.dataset);
  return datasets;
}

}  // namespace packrat
