#include "engine/topology/networks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

using Family = std::vector<NetworkInfo> (*)();

std::vector<NetworkInfo> rows_of(std::initializer_list<Family> families) {
  std::vector<NetworkInfo> all;
  for (const Family family : families)
    for (NetworkInfo& row : family()) all.push_back(std::move(row));
  return all;
}

std::vector<NetworkInfo> all_networks() {
  std::vector<NetworkInfo> all = torchvision_networks();
  for (NetworkInfo& row : rows_of({qutibench_networks, cut_networks, autoencoder_networks}))
    all.push_back(std::move(row));
  return all;
}

/// Letters to insert, remove or change to get from one word to the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string_view> nearest_names(std::string_view name) {
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  for (const NetworkInfo& row : networks()) ranked.emplace_back(edit_distance(name, row.name), row.name);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string_view> nearest;
  for (std::size_t i = 0; i < 3; ++i) nearest.push_back(ranked[i].second);
  return nearest;
}

}  // namespace

const std::vector<NetworkInfo>& torchvision_networks() {
  static const std::vector<NetworkInfo> table =
      rows_of({plain_networks, residual_networks, densenet_networks, googlenet_networks, inception_networks,
               squeezenet_networks, mobile_networks, shufflenet_networks});
  return table;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " or ") + names[i];
  return text;
}

const std::vector<NetworkInfo>& networks() {
  static const std::vector<NetworkInfo> table = all_networks();
  return table;
}

const NetworkInfo& find_network(std::string_view name) {
  for (const NetworkInfo& row : networks())
    if (row.name == name) return row;
  throw UserError(fmt::format("unknown network '{}': near it are {}; `packrat profile --list` names all",
                              name, fmt::join(nearest_names(name), ", ")));
}

Network build_network(std::string_view name) {
  const NetworkInfo& row = find_network(name);
  return row.build(row.input, row.classes);
}

}  // namespace packrat
