#pragma once
#include <vector>

#include "engine/results/results_store.h"

namespace packrat {

/// Prints runs as a Markdown table with aligned columns; what is not known of a run is "-".
void print_run_table(const std::vector<StoredRun>& runs);

}  // namespace packrat
