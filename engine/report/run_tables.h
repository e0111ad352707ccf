#pragma once
#include <vector>

#include "engine/report/run_groups.h"
#include "engine/report/table.h"

namespace packrat {

/// "audit": published, exact and measured bytes of every task, encoder, codec setting and number of
/// slots, their ratios, and why they differ.
Table audit_table(const std::vector<RunGroup>& groups);

/// "front-runs": what lies on the front of measured bytes and final accuracy, by task.
Table front_table(const std::vector<RunGroup>& groups);

/// "runs": every run with its settings, accuracies, bytes and seconds. Options that are the same in all runs
/// have no column.
Table runs_table(const std::vector<StoredRun>& runs);

}  // namespace packrat
