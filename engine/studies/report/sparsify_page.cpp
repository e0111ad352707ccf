#include "engine/studies/report/sparsify_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "engine/core/error.h"
#include "engine/studies/report/sparsify_figures.h"
#include "engine/studies/report/sparsify_tables.h"

namespace packrat {
namespace {

/// The shipped tables, or why there are none.
struct Published {
  PublishedSparsification tables;
  std::string why_none;
};

Published find_published() {
  try {
    return {load_published_sparsification(), ""};
  } catch (const UserError& error) {
    return {{}, error.what()};
  }
}

std::string list_of(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

/// Empty when there are none.
std::string what_was_sparsified(const std::vector<StoredSparsification>& runs) {
  if (runs.empty()) return "";
  std::set<std::string> datasets, networks, methods;
  std::set<std::int64_t> seeds;
  for (const StoredSparsification& run : runs) {
    datasets.insert(run.dataset);
    networks.insert((run.complex ? "complex " : "") + run.model);
    methods.insert(run.method);
    seeds.insert(run.seed);
  }
  return fmt::format("{} sparsifications of {}, networks {}, methods {}, seeds {}.", runs.size(),
                     list_of(datasets), list_of(networks), list_of(methods), fmt::join(seeds, ", "));
}

std::string intro(const std::vector<StoredSparsification>& runs, const Published& published) {
  std::string text =
      "Weights that cannot be distinguished from noise are dropped: variational dropout (vd) and automatic "
      "relevance "
      "determination (ard). The published points were read from the figures of Nazarov and Burnaev, ICML "
      "2020.";
  if (runs.empty()) text += " There are no runs here yet: `packrat sweep sparsify-fashion` makes some.";
  if (!published.why_none.empty())
    text += fmt::format(" The published tables cannot be read: {}.", published.why_none);
  return text;
}

}  // namespace

std::vector<StoredSparsification> sparsifications_of(const ReportInput& input) {
  std::vector<StoredSparsification> runs;
  for (const std::filesystem::path& folder : input.folders)
    for (StoredSparsification& run : load_sparsifications(folder)) runs.push_back(std::move(run));
  return runs;
}

Page sparsify_page(const ReportInput& input) {
  const std::vector<StoredSparsification> runs = sparsifications_of(input);
  const std::vector<SparsifyGroup> groups = group_sparsifications(runs);
  const Published published = find_published();
  PageSection compression{"compression", "Compression and accuracy", {intro(runs, published)}};
  for (const std::string& dataset : sparsified_datasets(groups, published.tables))
    compression.blocks.emplace_back(compression_figure(groups, published.tables, dataset));
  return {"sparsification",
          "Sparsification",
          {std::move(compression),
           {"published-compression",
            "Beside the published medians",
            {"At equal C. The published C were inferred from the rank of a compression among the replicates "
             "of its network "
             "and method.",
             published_comparison_table(groups, published.tables)}},
           {"early-stops", "Early stopping", {early_stop_figure(groups, published.tables)}},
           {"all-sparsifications", "All sparsifications", {sparsifications_table(runs)}}},
          what_was_sparsified(runs),
          fmt::format("{} sparsifications", runs.size())};
}

}  // namespace packrat
