#include "engine/studies/report/roofline_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "engine/report/figure_name.h"
#include "engine/report/marks.h"

namespace packrat {
namespace {

constexpr double kLeastIntensity = 0.5, kGreatestIntensity = 20000;  // the networks lie between

// The order of the switch; the first one has most platforms.
constexpr Precision kShownPrecisions[] = {Precision::kInt8, Precision::kInt4, Precision::kInt2,
                                          Precision::kFp16, Precision::kBf16, Precision::kFp32};

std::vector<Precision> precisions_of(const PlatformTable& platforms) {
  std::vector<Precision> out;
  for (const Precision precision : kShownPrecisions)
    if (std::any_of(platforms.all().begin(), platforms.all().end(),
                    [&](const Platform& platform) { return platform.has(precision); }))
      out.push_back(precision);
  return out;
}

std::vector<DataPoint> roof_points(const Roof& roof, const std::string& name) {
  const double ridge = ridge_ops_per_byte(roof);
  const std::string hover =
      fmt::format("{}\npeak {:.4g} TOP/s, {:.4g} GB/s\nridge at {:.4g} operations a byte", name,
                  roof.peak_tops, roof.bandwidth_gb_s, ridge);
  std::vector<DataPoint> points;
  for (const double x : {std::min(kLeastIntensity, ridge), ridge, std::max(kGreatestIntensity, ridge)})
    points.push_back({x, attainable_tops(roof, x), {}, {}, hover});
  return points;
}

DataPoint predicted_point(const Prediction& p) {
  return {
      p.ops_per_byte,
      p.tops,
      {},
      {},
      fmt::format("{} {} on {}\npredicted {} inputs/s, bound by {}", p.network, precision_name(p.precision),
                  p.platform, heat_text(p.inputs_per_second, 4), p.memory_bound ? "memory" : "arithmetic")};
}

DataPoint achieved_point(const Achieved& a) {
  return {a.predicted.ops_per_byte,
          a.measured.inputs_per_second * a.predicted.gop / 1000,
          {},
          {},
          fmt::format("{} {} on {}\nmeasured {} inputs/s, {:.1f} % of its roofline", a.predicted.network,
                      precision_name(a.measured.precision), a.predicted.platform,
                      heat_text(a.measured.inputs_per_second, 4), 100 * a.fraction)};
}

/// A platform's roof, its networks and its measurements: one name, so that they hide together.
std::vector<Series> platform_series(const Platform& platform, const std::vector<Precision>& precisions,
                                    const std::vector<PublishedNetwork>& networks,
                                    const std::vector<Achieved>& measured, int variant) {
  Series roof{platform.name, platform.name, variant, Mark::kLine},
      dots{platform.name, platform.name, 0, Mark::kPoints},
      crosses{platform.name, platform.name, kCrossMark, Mark::kPoints};
  for (const Precision precision : precisions) {
    std::vector<DataPoint> line, predicted, reached;
    if (platform.has(precision)) {
      line = roof_points(platform.roof(precision), platform.name);
      for (const PublishedNetwork& network : networks)
        if (network.top1.count(precision))
          predicted.push_back(predicted_point(predict(platform, precision, network, precision)));
    }
    for (const Achieved& a : measured)
      if (a.predicted.platform == platform.name && a.measured.precision == precision)
        reached.push_back(achieved_point(a));
    roof.states.push_back(std::move(line));
    dots.states.push_back(std::move(predicted));
    crosses.states.push_back(std::move(reached));
  }
  return {roof, dots, crosses};
}

/// Where a network stands at one precision: a line from below every platform's roof to the highest peak.
/// Empty when it was not trained at that precision.
std::vector<DataPoint> network_line(const PublishedNetwork& network, const PlatformTable& platforms,
                                    Precision precision) {
  if (network.top1.count(precision) == 0) return {};
  double x = 0, low = std::numeric_limits<double>::infinity(), high = 0;
  for (const Platform& platform : platforms.all()) {
    if (!platform.has(precision)) continue;
    x = predict(platform, precision, network, precision).ops_per_byte;  // the same for all
    low = std::min(low, attainable_tops(platform.roof(precision), kLeastIntensity));
    high = std::max(high, platform.roof(precision).peak_tops);
  }
  const std::string hover =
      fmt::format("{} {}\n{:.4g} operations per byte of weights", network.name, precision_name(precision), x);
  return {{x, low, {}, {}, hover}, {x, high, {}, {}, hover}};
}

/// One name, so that they hide together.
std::vector<Series> network_series(const std::vector<PublishedNetwork>& networks,
                                   const PlatformTable& platforms, const std::vector<Precision>& precisions) {
  std::vector<Series> lines;
  for (const PublishedNetwork& network : networks) {
    Series line{"networks", "reference", 2, Mark::kLine};
    for (const Precision precision : precisions)
      line.states.push_back(network_line(network, platforms, precision));
    lines.push_back(std::move(line));
  }
  return lines;
}

template <typename T>
std::size_t place_of(std::vector<T>& list, const T& value) {
  const auto at = std::find(list.begin(), list.end(), value);
  if (at != list.end()) return static_cast<std::size_t>(at - list.begin());
  list.push_back(value);
  return list.size() - 1;
}

/// A timed part as a cross, and what its roof allows as a dot.
void add_part(const TimedPart& part, Series& dots, Series& crosses) {
  const std::string name =
      fmt::format("{}, {}, batch {}", part.how.network, precision_name(part.how.precision), part.how.batch);
  const double x = part.roof.ops_per_byte;
  dots.states[0].push_back(
      {x,
       1000 * part.roof.tops,
       {},
       {},
       fmt::format("{}\nroofline {} inputs/s", name, heat_text(part.roof.inputs_per_second, 4))});
  crosses.states[0].push_back({x,
                               part.gops(),
                               {},
                               {},
                               fmt::format("{}\nmeasured {} inputs/s, {:.1f} % of its roofline", name,
                                           heat_text(part.inputs_per_second, 4), 100 * part.fraction())});
}

std::vector<Series> machine_series(const MachineProfile& machine, int threads, Precision precision,
                                   const std::vector<TimedPart>& parts) {
  const Platform platform = machine_platform(machine, threads);
  if (!platform.has(precision)) return {};
  const std::string key(precision_name(precision)),
      name = fmt::format("{}, {} thread{}", key, threads, threads == 1 ? "" : "s");
  const int variant = threads == 1 ? 1 : 0;
  Series roof{name, key, variant, Mark::kLine}, dots{name, key, variant, Mark::kPoints},
      crosses{name, key, kCrossMark, Mark::kPoints};
  roof.states = {roof_points(platform.roof(precision), name)};
  for (DataPoint& point : roof.states[0]) point.y *= 1000;
  dots.states = crosses.states = {{}};
  for (const TimedPart& part : parts)
    if (part.how.precision == precision && part.how.threads == threads) add_part(part, dots, crosses);
  return {roof, dots, crosses};
}

}  // namespace

Figure rooflines_figure(const PlatformTable& platforms, const std::vector<PublishedNetwork>& networks,
                        const std::vector<Achieved>& measured) {
  Figure figure{"rooflines", "Rooflines of the platforms"};
  figure.caption =
      "A platform attains min(peak, bandwidth × intensity). Intensity counts bytes of weights alone, as the "
      "published "
      "tables do. Upright lines, and dots on the roofs: the networks that were trained at this precision. "
      "Crosses: published measurements, "
      "the best of all "
      "batch sizes; above the roof the platform keeps weights on the chip. `this-machine` is there once "
      "`packrat "
      "machine` has measured it.";
  const std::vector<Precision> precisions = precisions_of(platforms);
  Switch choice{"precision", {}};
  for (const Precision precision : precisions) choice.choices.emplace_back(precision_name(precision));
  figure.switches = {choice};
  Panel panel{"", {"operations per byte of weights, {precision}", true}, {"TOP/s", true}};
  int variant = 0;
  for (const Platform& platform : platforms.all())
    for (Series& series : platform_series(platform, precisions, networks, measured, variant++ % 4))
      panel.series.push_back(std::move(series));
  for (Series& line : network_series(networks, platforms, precisions))
    panel.series.push_back(std::move(line));
  figure.panels = {std::move(panel)};
  return figure;
}

Figure predicted_speed_figure(const std::vector<Prediction>& predictions, const std::string& data_set) {
  Figure figure{figure_name("predicted", data_set), "Predicted inputs a second: " + data_set};
  HeatMap map;
  map.unit = "inputs/s";
  map.log = true;
  const auto takes = [&](const Prediction& p) { return p.data_set == data_set && p.top1; };
  const auto column_of = [](const Prediction& p) {
    return fmt::format("{} {}", p.platform, precision_name(p.precision));
  };
  for (const Prediction& p : predictions)
    if (takes(p)) place_of(map.rows, p.network), place_of(map.columns, column_of(p));
  map.values.assign(map.rows.size(), std::vector<std::optional<double>>(map.columns.size()));
  for (const Prediction& p : predictions)
    if (takes(p))
      map.values[place_of(map.rows, p.network)][place_of(map.columns, column_of(p))] = p.inputs_per_second;
  Panel panel;
  panel.heat_map = std::move(map);
  figure.panels = {std::move(panel)};
  return figure;
}

Figure measured_predicted_figure(const std::vector<Achieved>& measured) {
  Figure figure{"measured-predicted", "Measured against predicted speed"};
  figure.caption =
      "Published measurements, each the best of all batch sizes. Below the line the roofline is not reached; "
      "MLP and "
      "CNV on FINN pass it, because their weights stay on the chip.";
  Panel panel{"", {"predicted inputs/s", true}, {"measured inputs/s", true}};
  std::vector<std::string> platforms;
  double low = 1e300, high = 0;
  for (const Achieved& a : measured) {
    place_of(platforms, a.predicted.platform);
    low = std::min({low, a.predicted.inputs_per_second, a.measured.inputs_per_second});
    high = std::max({high, a.predicted.inputs_per_second, a.measured.inputs_per_second});
  }
  for (std::size_t at = 0; at < platforms.size(); ++at) {
    Series series{platforms[at], platforms[at], static_cast<int>(at) % 6, Mark::kPoints};
    series.states = {{}};
    for (const Achieved& a : measured)
      if (a.predicted.platform == platforms[at]) {
        DataPoint point = achieved_point(a);
        point.x = a.predicted.inputs_per_second;
        point.y = a.measured.inputs_per_second;
        series.states[0].push_back(std::move(point));
      }
    panel.series.push_back(std::move(series));
  }
  if (high > 0) {
    Series equal{"measured = predicted", "reference", 0, Mark::kLine};
    equal.states = {{{low, low}, {high, high}}};
    panel.series.push_back(std::move(equal));
  }
  figure.panels = {std::move(panel)};
  return figure;
}

Figure machine_roofline_figure(const std::optional<MachineProfile>& machine,
                               const std::vector<TimedPart>& parts) {
  Figure figure{"machine-roofline", "This machine"};
  figure.caption =
      "Roofs as `packrat machine` measured them. Crosses: our encoders and heads, timed by `packrat roofline "
      "--measure`; "
      "dots: what their roof allows. Weights are read once a batch, the input and every map once; above the "
      "roof they "
      "stayed in a cache.";
  figure.needs =
      "`packrat machine` measures the roofs, then `packrat roofline --measure` times our networks.";
  if (!machine) return figure;
  Panel panel{machine->cpu, {"operations per byte of weights, input and maps", true}, {"GOP/s", true}};
  for (const Precision precision : {Precision::kFp32, Precision::kBf16})
    for (const int threads : std::set<int>{1, machine->threads})
      for (Series& series : machine_series(*machine, threads, precision, parts))
        panel.series.push_back(std::move(series));
  figure.panels = {std::move(panel)};
  return figure;
}

}  // namespace packrat
