#pragma once
#include "engine/results/result_table.h"

namespace packrat {

/// The table `points`: a row for all runs that agree in `point`, in the order of the first of each; of runs
/// that agree in their seed, too, the first counts. Numbers
/// are means over the runs that have them, and whole where all of these are the same; behind each accuracy
/// `NAME` (`final_acc`, ...), `NAME_sd` is the sample's standard deviation (n - 1), empty for fewer than two.
/// Texts are empty unless all runs have the same, but for `file`, which is the first run's. `seeds`, the
/// number of runs, stands in place of `seed`; `options` are left out.
///
/// @param runs  a table of result_table() with the columns `point` and `seed`
ResultTable mean_over_seeds(const ResultTable& runs);

}  // namespace packrat
