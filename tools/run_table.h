#pragma once
#include <vector>

#include "engine/results/results_store.h"
#include "engine/results/stored_sparsification.h"

namespace packrat {

/// Prints runs as a Markdown table with aligned columns; what is not known of a run is "-".
void print_run_table(const std::vector<StoredRun>& runs);
void print_run_table(const std::vector<StoredSparsification>& runs);

}  // namespace packrat
