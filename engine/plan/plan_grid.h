#pragma once
#include <string>
#include <vector>

#include "engine/sweep/grid.h"

namespace packrat {

/// The ways to learn that `packrat plan` chooses from, in the text form of parse_grid(): data set, tasks and
/// budget are left to the command. Those for images choose an encoder's features, too; those for features
/// from files have them.
const std::string& plan_grid_text(bool for_features = false);

/// Leaves those runs of --method families that are named. UserError for a name that no run has.
std::vector<PlannedRun> only_methods(std::vector<PlannedRun> runs, const std::vector<std::string>& families);

/// Seconds in "600", "90s", "10min" or "2h". UserError, with what to write, otherwise.
double parse_seconds(const std::string& text);

}  // namespace packrat
