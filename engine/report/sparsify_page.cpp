#include "engine/report/sparsify_page.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/report/sparsify_figures.h"
#include "engine/report/sparsify_tables.h"

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

std::string intro(const ReportInput& input, const Published& published) {
  std::string text =
      "Weights that cannot be distinguished from noise are dropped: variational dropout (vd) and automatic "
      "relevance "
      "determination (ard). The published points were read from the figures of Nazarov and Burnaev, ICML "
      "2020.";
  if (input.sparsifications.empty())
    text += " There are no runs here yet: `packrat sweep sparsify-fashion` makes some.";
  if (!published.why_none.empty())
    text += fmt::format(" The published tables cannot be read: {}.", published.why_none);
  return text;
}

}  // namespace

Page sparsify_page(const ReportInput& input) {
  const std::vector<SparsifyGroup> groups = group_sparsifications(input.sparsifications);
  const Published published = find_published();
  PageSection compression{"compression", "Compression and accuracy", {intro(input, published)}};
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
           {"all-sparsifications", "All sparsifications", {sparsifications_table(input.sparsifications)}}}};
}

}  // namespace packrat
