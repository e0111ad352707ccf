#pragma once
#include <string>
#include <vector>

#include "engine/report/run_groups.h"
#include "engine/report/table.h"

namespace packrat {

/// Accuracy per byte of one codec family, in one task with one encoder.
struct FamilyArea {
  std::string task, encoder, family, recipe;
  double low_mib = 0,
         high_mib = 0;             ///< the range of bytes that all families of this task and encoder share
  std::vector<double> of_seed;     ///< mean accuracy in per cent over the range, one value a complete seed
  std::size_t seeds_left_out = 0;  ///< seeds that lack one of the family's runs
  double mean = 0;
  std::optional<double> half_width;  ///< of the 95 % confidence interval; nullopt for one seed
};

/// For every task, encoder and recipe: each family's front of accuracy against total bytes, its mean over
/// the logarithm of the bytes (mean_over_log_cost), one value a seed. The range begins where every family has
/// a run and ends where the first one has its largest; nothing is given when it is empty. A family takes part
/// when it has runs of two sizes, with the seeds that have all of its runs. Confidence intervals are
/// Student's t over seeds.
std::vector<FamilyArea> family_areas(const std::vector<RunGroup>& groups, BytesColumn bytes,
                                     AccuracyColumn accuracy);

/// The same as a table, for every kind of bytes and accuracy.
Table area_table(const std::vector<RunGroup>& groups);

/// How the figures above are computed, for readers.
std::string area_method();

/// Half the width of Student's t interval at 95 % for the mean of n >= 2 values; nullopt for fewer.
std::optional<double> t_half_width(const std::vector<double>& values);

}  // namespace packrat
