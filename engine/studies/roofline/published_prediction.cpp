#include "engine/studies/roofline/published_prediction.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/shipped_files.h"
#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {

constexpr const char* kSnapshot = "snapshot_2e994bd";
constexpr const char* kWide = "performance_predictions_imagenet_mnist_cifar.csv";

CsvTable table_of(const std::string& state, const std::string& file) {
  return read_csv(shipped_table(fmt::format("qutibench/{}/{}", state, file)));
}

std::string long_file(const std::string& data_set) {
  return fmt::format("performance_prediction_{}.csv", data_set == "cifar" ? "cifar10" : data_set);
}

class Checker {
 public:
  Checker(const std::vector<PublishedNetwork>& networks, const PlatformTable& platforms)
      : networks_(networks), platforms_(platforms) {}

  TableCheck rates() const;
  TableCheck inputs_per_second(const std::string& data_set) const;
  TableCheck final_inputs_per_second() const;

 private:
  Prediction predicted(const PublishedCell& cell) const {
    const PlatformLabel place = parse_platform_label(platforms_, cell.platform_label);
    const SplitLabel split = split_precision(cell.network_label);
    const PublishedNetwork* const network = find_published(networks_, parse_network_label(split.name));
    if (!network || !split.precision)
      throw UserError(fmt::format("'{}' is no network of the tables", cell.network_label));
    return predict(*place.platform, place.precision, *network, *split.precision);
  }

  const std::vector<PublishedNetwork>& networks_;
  const PlatformTable& platforms_;
};

// Columns 4 to 21 are all called top_second; the first 18 cells of the column `platform` name them in order.
TableCheck Checker::rates() const {
  constexpr std::size_t kFirst = 3;
  const CsvTable table = table_of(kSnapshot, kWide);
  const std::size_t names = table.column("platform");
  TableCheck check{fmt::format("{}/{}", kSnapshot, kWide), "attainable TOP/s"};
  for (const std::vector<std::string>& row : table.rows)
    for (std::size_t c = kFirst; c < row.size(); ++c) {
      if (row[c].empty()) continue;
      const PublishedCell cell{table.rows.at(c - kFirst)[names], row[0], row[c]};
      check.add(cell.network_label, cell.platform_label, cell.listed, predicted(cell).tops);
    }
  return check;
}

TableCheck Checker::inputs_per_second(const std::string& data_set) const {
  TableCheck check{fmt::format("{}/{}", kSnapshot, long_file(data_set)), "inputs/s"};
  for (const PublishedCell& cell : published_cells(data_set))
    check.add(cell.network_label, cell.platform_label, cell.listed, predicted(cell).inputs_per_second);
  return check;
}

// Here a cell without a prediction is 0.
TableCheck Checker::final_inputs_per_second() const {
  const CsvTable table = table_of("head", kWide);
  TableCheck check{fmt::format("head/{}", kWide), "inputs/s"};
  for (const std::vector<std::string>& row : table.rows)
    for (std::size_t c = 1; c < row.size(); ++c)
      if (const PublishedCell cell{row[0], table.heading[c], row[c]}; cell.listed != "0")
        check.add(cell.network_label, cell.platform_label, cell.listed, predicted(cell).inputs_per_second);
  return check;
}

constexpr const char* kRoofs = "rooflines_hardware_neural_networks.csv";

/// The roofline file begins with three points a platform of peakPerfBandHardPlatf.csv.
TableCheck check_roof_points() {
  const CsvTable points = table_of(kSnapshot, kRoofs),
                 roofs = table_of(kSnapshot, "peakPerfBandHardPlatf.csv");
  const std::size_t peak = roofs.column("Peak_Performance"), bandwidth = roofs.column("Bandwidth");
  TableCheck check{fmt::format("{}/{}", kSnapshot, kRoofs), "corners of rooflines"};
  std::size_t next = 0;
  for (std::size_t r = 0; r < roofs.rows.size(); ++r) {
    const Roof roof{roofs.required_number(r, peak), 1000 * roofs.required_number(r, bandwidth)};
    for (const RoofPoint& point : published_roofline(roof)) {
      const std::vector<std::string>& row = points.rows.at(next++);
      const bool same = row[0] == roofs.rows[r][0] && agrees(row[1], point.ops_per_byte);
      check.add(row[0], row[1], row[2], same ? point.tops : std::nan(""));
    }
  }
  return check;
}

/// Behind the corners: vertical lines of networks, at operations over parameters, once for each of four
/// heights.
TableCheck check_network_lines() {
  constexpr std::array<const char*, 4> kHeights{"100.0", "25.0", "75.0", "0.1"};
  const CsvTable points = table_of(kSnapshot, kRoofs), nets = table_of(kSnapshot, "topology_details.csv");
  const std::size_t params = nets.column("Total Params"), ops = nets.column("Fwd Ops");
  TableCheck check{fmt::format("{}/{}", kSnapshot, kRoofs), "network lines"};
  std::size_t next = points.rows.size() - kHeights.size() * nets.rows.size();
  for (const char* const height : kHeights)
    for (std::size_t r = 0; r < nets.rows.size(); ++r) {
      const std::vector<std::string>& row = points.rows.at(next++);
      const double intensity = std::trunc(nets.required_number(r, ops) / nets.required_number(r, params));
      const bool same = row[0] == nets.rows[r][0] && row[2] == height;
      check.add(row[0], row[2], row[1], same ? intensity : std::nan(""));
    }
  return check;
}

}  // namespace

std::vector<PublishedCell> published_cells(const std::string& data_set) {
  const CsvTable table = table_of(kSnapshot, long_file(data_set));
  const std::size_t platform = table.column("y"), network = table.column("x"), value = table.column("values");
  std::vector<PublishedCell> cells;
  for (const std::vector<std::string>& row : table.rows)
    if (!row[value].empty()) cells.push_back({row[platform], row[network], row[value]});
  return cells;
}

std::vector<TableCheck> check_published_tables(const std::vector<PublishedNetwork>& networks,
                                               const PlatformTable& platforms) {
  const Checker checker(networks, platforms);
  return {checker.rates(),
          checker.inputs_per_second("imagenet"),
          checker.inputs_per_second("cifar"),
          checker.inputs_per_second("mnist"),
          checker.final_inputs_per_second(),
          check_roof_points(),
          check_network_lines()};
}

}  // namespace packrat
