#include "engine/studies/roofline/published_network.h"

#include <fmt/format.h>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/shipped_files.h"
#include "engine/studies/roofline/label_text.h"

namespace packrat {
namespace {

/// The number in a piece of a label: "80" and "80%" give 80.
std::optional<double> width_in(std::string_view piece) {
  if (!piece.empty() && piece.back() == '%') piece.remove_suffix(1);
  return parse_number(piece);
}

std::string data_set_of(const std::string& key) {
  if (key == "cnv") return "cifar";
  return key == "mlp" ? "mnist" : "imagenet";
}

/// The final tables' second line holds units; its first cell is blank.
template <typename Take>
void for_each_network(const CsvTable& table, const Take& take) {
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    if (!table.rows[r][0].empty()) take(r, parse_network_label(table.rows[r][0]));
}

/// "69.24 (88.45)" -> 69.24; "nm", not measured, -> empty.
std::optional<double> top1_in(const std::string& cell) {
  return parse_number(std::string_view(cell).substr(0, cell.find(' ')));
}

/// Works on a const or a mutable list.
template <typename Networks>
auto find_in(Networks& networks, const NetworkLabel& label) -> decltype(networks.data()) {
  for (auto& network : networks)
    if (network.label == label) return &network;
  return nullptr;
}

void add_accuracies(std::vector<PublishedNetwork>& networks) {
  const CsvTable table = read_csv(shipped_table("qutibench/head/cnn_topologies_accuracy.csv"));
  for_each_network(table, [&](std::size_t row, const NetworkLabel& label) {
    PublishedNetwork* const network = find_in(networks, label);
    if (!network) throw UserError(fmt::format("{}: unknown network '{}'", table.name, table.rows[row][0]));
    for (std::size_t c = 1; c < table.heading.size(); ++c)
      if (const auto top1 = top1_in(table.rows[row][c]))
        network->top1[parse_precision(table.heading[c])] = *top1;
  });
}

void add_operations(std::vector<PublishedNetwork>& networks) {
  const CsvTable table =
      read_csv(shipped_table("qutibench/snapshot_2e994bd/performance_predictions_imagenet_mnist_cifar.csv"));
  const std::size_t gop = table.column("gop_frame");
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const NetworkLabel label = parse_network_label(split_precision(table.rows[r][0]).name);
    if (PublishedNetwork* const network = find_in(networks, label))
      network->gop = table.required_number(r, gop);
  }
}

}  // namespace

NetworkLabel parse_network_label(std::string_view label) {
  const std::size_t soft = label.find_last_of(" _"), any = label.find_last_of(" _-");
  const std::size_t cut = !label.empty() && label.back() == '%' ? any : soft;
  if (cut != std::string_view::npos)
    if (const std::optional<double> width = width_in(label.substr(cut + 1)))
      return {label_key(label.substr(0, cut)), *width};
  // "EfficientNet Edge S" is EfficientNet-S.
  std::string key = label_key(label);
  if (const std::size_t edge = key.find("netedge"); edge != std::string::npos) key.erase(edge + 3, 4);
  return {key, 100};
}

std::vector<PublishedNetwork> published_networks() {
  const CsvTable table =
      read_csv(shipped_table("qutibench/head/cnn_topologies_compute_memory_requirements.csv"));
  const std::size_t weights = table.column("Total Model Size"), intensity = table.column("OI (INT8)");
  std::vector<PublishedNetwork> networks;
  for_each_network(table, [&](std::size_t row, const NetworkLabel& label) {
    PublishedNetwork network{table.rows[row][0], label, data_set_of(label.key), 0, 0, 0, {}};
    network.weights_millions = table.required_number(row, weights);
    network.ops_per_int8_byte = table.required_number(row, intensity);
    networks.push_back(std::move(network));
  });
  add_accuracies(networks);
  add_operations(networks);
  for (const PublishedNetwork& network : networks)
    if (!(network.gop > 0))
      throw UserError(fmt::format("{}: no operations of '{}'", table.name, network.name));
  return networks;
}

const PublishedNetwork* find_published(const std::vector<PublishedNetwork>& networks,
                                       const NetworkLabel& label) {
  return find_in(networks, label);
}

}  // namespace packrat
