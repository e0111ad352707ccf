#include "engine/studies/roofline/published_counts.h"

#include <array>
#include <cctype>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/shipped_files.h"
#include "engine/topology/counting.h"
#include "engine/topology/networks.h"

namespace packrat {
namespace {

constexpr const char* kDetails = "snapshot_2e994bd/topology_details.csv";
constexpr const char* kRequirements = "cnn_topologies_compute_memory_requirements.csv";  // of either state

CsvTable qutibench_table(const std::string& file) {
  return read_csv(shipped_table("qutibench/" + file));
}

NetworkCount counted(const std::string& name, const char* rule) {
  return count_network(build_network(name), find_counting_rule(rule));
}

/// A row of topology_details.csv, and what we call the network.
struct DetailsRow {
  const char *listed, *ours;
  bool one_image;  ///< its operations are of one image; else of a whole batch, rounded
};
constexpr std::array kDetailsRows{
    DetailsRow{"AlexNet", "alexnet", false},      DetailsRow{"ResNet-18", "resnet18", false},
    DetailsRow{"ResNet-34", "resnet34", false},   DetailsRow{"VGG16_BN", "vgg16_bn", false},
    DetailsRow{"ResNet-101", "resnet101", false}, DetailsRow{"ResNet-50", "resnet50", false},
    DetailsRow{"ResNet-152", "resnet152", false}, DetailsRow{"ResNet-50_", "resnet50", false},
    DetailsRow{"MLP", "mlp-100", true},           DetailsRow{"MLP-50%", "mlp-50", true},
    DetailsRow{"MLP-25%", "mlp-25", true},        DetailsRow{"CNV", "cnv-100", true},
    DetailsRow{"CNV-50%", "cnv-50", true},        DetailsRow{"CNV-25%", "cnv-25", true},
    DetailsRow{"CNV-12.5%", "cnv-12.5", true},
};

const std::vector<std::string>& row_called(const CsvTable& table, const std::string& name) {
  for (const std::vector<std::string>& row : table.rows)
    if (row[0] == name) return row;
  throw UserError(table.name + " has no row '" + name + "': restore the shipped file");
}

std::vector<TableCheck> check_study() {
  const CsvTable models = read_csv(shipped_table("energy/models.csv"));
  const std::size_t macs = models.column("macs"), params = models.column("params");
  TableCheck products{"energy/models.csv", "multiply-adds"}, weights{"energy/models.csv", "parameters"};
  for (const std::vector<std::string>& row : models.rows) {
    const NetworkCount count = counted(row[0], "thop-2020");
    products.add(row[0], "macs", row[macs], static_cast<double>(count.macs));
    weights.add(row[0], "params", row[params], static_cast<double>(count.parameters));
  }
  return {products, weights};
}

std::vector<TableCheck> check_details() {
  const CsvTable table = qutibench_table(kDetails);
  const std::size_t params = table.column("Total Params"), ops = table.column("Fwd Ops");
  TableCheck weights{kDetails, "parameters"}, operations{kDetails, "operations of an image"};
  for (const DetailsRow& known : kDetailsRows) {
    const std::vector<std::string>& row = row_called(table, known.listed);
    const NetworkCount count = counted(known.ours, "strict");
    weights.add(row[0], "Total Params", row[params], static_cast<double>(count.parameters));
    if (known.one_image) operations.add(row[0], "Fwd Ops", row[ops], static_cast<double>(count.operations()));
  }
  return {weights, operations};
}

/// "CNV 12.5%" -> "cnv-12.5".
std::string layers_of(const PublishedNetwork& network) {
  std::string name = network.name.substr(0, network.name.find('%'));
  for (char& c : name) c = c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

/// Intensities of CNV and MLP follow from their layers, at each precision.
void add_counted_intensities(const CsvTable& table, const std::vector<std::string>& row,
                             const std::string& ours, TableCheck& check) {
  const NetworkCount count = counted(ours, "strict");
  for (const Precision precision :
       {Precision::kInt2, Precision::kInt4, Precision::kInt8, Precision::kFp16, Precision::kFp32}) {
    const std::string column = "OI (" + std::string(precision_name(precision)) + ")";
    check.add(row[0], column, row[table.column(column)],
              count.weights_only_intensity(static_cast<int>(8 * bytes_per_value(precision))));
  }
}

/// Without layers there are the listed operations and weights, each rounded; the intensity must lie between
/// what they allow.
void add_listed_intensity(const CsvTable& table, const std::vector<std::string>& row, double gop,
                          TableCheck& check) {
  constexpr double kHalfGop = 0.005, kHalfMillion = 0.05;
  const std::string& listed = row[table.column("OI (INT8)")];
  const std::optional<double> value = parse_number(listed),
                              weights = parse_number(row[table.column("Total Model Size")]);
  if (!value || !weights)
    throw UserError(table.name + ": no number in the row '" + row[0] + "': restore the shipped file");
  const double least = (gop - kHalfGop) / (*weights + kHalfMillion) * 1000,
               greatest = (gop + kHalfGop) / (*weights - kHalfMillion) * 1000;
  const bool possible = *value >= least && *value <= greatest;
  check.add(row[0], "OI (INT8)", listed, possible ? *value : gop / *weights * 1000);
}

/// take(row, network) for every network of a table of requirements; its second line holds units.
template <typename Take>
void for_each_row(const CsvTable& table, const std::vector<PublishedNetwork>& networks, const Take& take) {
  for (const std::vector<std::string>& row : table.rows) {
    if (row[0].empty()) continue;
    const PublishedNetwork* const network = find_published(networks, parse_network_label(row[0]));
    if (!network) throw UserError(table.name + ": unknown network '" + row[0] + "'");
    take(row, *network);
  }
}

/// Beside what the predictions were made from, or the layers.
TableCheck check_operations(const std::vector<PublishedNetwork>& networks) {
  const CsvTable table = qutibench_table("snapshot_2e994bd/" + std::string(kRequirements));
  const std::size_t operations = table.column("Total OPs");
  TableCheck check{"snapshot_2e994bd/" + std::string(kRequirements), "GOP"};
  for_each_row(table, networks, [&](const std::vector<std::string>& row, const PublishedNetwork& network) {
    const bool layers = network.data_set != "imagenet";
    check.add(row[0], "Total OPs", row[operations],
              layers ? 1e-9 * static_cast<double>(counted(layers_of(network), "strict").operations())
                     : network.gop);
  });
  return check;
}

/// Of the final state, whose rows stand under their right names.
std::vector<TableCheck> check_intensities(const std::vector<PublishedNetwork>& networks) {
  const CsvTable table = qutibench_table("head/" + std::string(kRequirements));
  TableCheck from_layers{"head/" + std::string(kRequirements), "operations/byte, from layers"},
      from_listed{"head/" + std::string(kRequirements), "operations/byte, from listed figures"};
  for_each_row(table, networks, [&](const std::vector<std::string>& row, const PublishedNetwork& network) {
    if (network.data_set == "imagenet")
      add_listed_intensity(table, row, network.gop, from_listed);
    else
      add_counted_intensities(table, row, layers_of(network), from_layers);
  });
  return {from_layers, from_listed};
}

}  // namespace

std::vector<TableCheck> check_published_counts(const std::vector<PublishedNetwork>& networks) {
  std::vector<TableCheck> out = check_study();
  for (const std::vector<TableCheck>& more :
       {check_details(), std::vector<TableCheck>{check_operations(networks)}, check_intensities(networks)})
    out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace packrat
