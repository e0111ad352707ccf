#include "engine/studies/roofline/measured_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/shipped_files.h"
#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {

/// Columns of a table of measurements, found once.
class MeasurementReader {
 public:
  explicit MeasurementReader(CsvTable table) : table_(std::move(table)) {}

  std::vector<Measurement> read() const {
    std::vector<Measurement> out;
    for (std::size_t r = 0; r < table_.rows.size(); ++r) out.push_back(row(r));
    return out;
  }

 private:
  Measurement row(std::size_t r) const {
    Measurement out;
    out.platform = text(r, "HWType");
    out.network = text(r, "NN_Topology");
    out.label = {label_key(out.network), table_.required_number(r, table_.column("PruningFactor"))};
    out.precision = parse_precision(text(r, "Datatype"));
    out.batch = static_cast<std::int64_t>(table_.required_number(r, table_.column("batch/thread/stream")));
    out.latency_ms = number(r, "lat-comp");
    out.inputs_per_second = number(r, "fps-comp");
    out.system_inputs_per_second = number(r, "fps-system");
    out.top1 = number(r, "top1");
    out.base_watts = number(r, "Base_Pwr_W");
    out.idle_watts = number(r, "Idle_Pwr_W");
    out.full_watts = number(r, "Full_Pwr_W");
    return out;
  }

  const std::string& text(std::size_t r, const char* column) const {
    return table_.rows[r][table_.column(column)];
  }
  std::optional<double> number(std::size_t r, const char* column) const {
    return table_.number(r, table_.column(column));
  }

  CsvTable table_;
};

/// "NCS_FP16_CNV_12.5": platform, precision, network and width.
MeasuredPoint parse_point(const std::string& name) {
  const std::size_t network = name.find('_', name.find('_') + 1);
  if (network == std::string::npos) throw UserError(fmt::format("'{}' names no measured point", name));
  const SplitLabel place = split_precision(std::string_view(name).substr(0, network));
  if (!place.precision) throw UserError(fmt::format("'{}' names no precision", name));
  MeasuredPoint out;
  out.platform = place.name;
  out.precision = *place.precision;
  out.label = parse_network_label(std::string_view(name).substr(network + 1));
  out.network = name.substr(network + 1, name.rfind('_') - network - 1);
  return out;
}

}  // namespace

void check_data_set(const std::string& data_set) {
  if (data_set != "imagenet" && data_set != "cifar" && data_set != "mnist")
    throw UserError(fmt::format("no data set '{}' in the tables: use imagenet, cifar or mnist", data_set));
}

std::vector<Measurement> published_measurements(const std::string& data_set) {
  check_data_set(data_set);
  const std::string file = fmt::format("qutibench/head/experimental_data_{}.csv", data_set);
  return MeasurementReader(read_csv(shipped_table(file))).read();
}

std::vector<MeasuredPoint> published_measured_points(const std::string& data_set) {
  check_data_set(data_set);
  const CsvTable table =
      read_csv(shipped_table(fmt::format("qutibench/snapshot_2e994bd/pareto_data_{}.csv", data_set)));
  const std::size_t name = table.column("hardw_datatype_net_prun"), speed = table.column("fps-comp"),
                    top1 = table.column("top1");
  std::vector<MeasuredPoint> out;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    MeasuredPoint point = parse_point(table.rows[r][name]);
    point.inputs_per_second = table.required_number(r, speed);
    point.top1 = table.required_number(r, top1);
    out.push_back(std::move(point));
  }
  return out;
}

std::vector<MeasuredPoint> best_of_batches(const std::vector<Measurement>& measurements) {
  std::vector<MeasuredPoint> out;
  std::map<std::tuple<std::string, Precision, NetworkLabel>, std::size_t> places;
  for (const Measurement& m : measurements) {
    const auto [place, is_new] = places.try_emplace({m.platform, m.precision, m.label}, out.size());
    if (is_new) out.push_back({m.platform, m.network, m.label, m.precision, 0, std::nullopt});
    MeasuredPoint& best = out[place->second];
    best.inputs_per_second = std::max(best.inputs_per_second, m.inputs_per_second.value_or(0));
    if (m.top1) best.top1 = std::max(best.top1.value_or(0), *m.top1);
  }
  return out;
}

AchievedTable achieved_fractions(const std::vector<MeasuredPoint>& points,
                                 const std::vector<PublishedNetwork>& networks,
                                 const PlatformTable& platforms) {
  AchievedTable out;
  for (const MeasuredPoint& point : points) {
    const Platform* const platform = platforms.find(point.platform);
    const PublishedNetwork* const network = find_published(networks, point.label);
    const std::string name = fmt::format("{} {:g}% {} on {}", point.network, point.label.width_percent,
                                         precision_name(point.precision), point.platform);
    if (point.inputs_per_second <= 0)
      out.unjoined.push_back(name + ": no speed was measured");
    else if (!network)
      out.unjoined.push_back(name + ": no such network in the table of operations");
    else if (!platform)
      out.unjoined.push_back(name + ": no such platform");
    else if (!platform->has(point.precision))
      out.unjoined.push_back(name + ": no listed peak at this precision");
    else {
      const Prediction predicted = predict(*platform, point.precision, *network, point.precision);
      out.rows.push_back({point, predicted, point.inputs_per_second / predicted.inputs_per_second});
    }
  }
  return out;
}

}  // namespace packrat
