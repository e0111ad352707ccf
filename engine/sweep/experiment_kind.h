#pragma once
#include "engine/experiment/forecast.h"
#include "engine/sweep/run_kind.h"

namespace packrat {

/// Grids of `packrat run`.
const RunKind& experiment_kind();

/// The options of a planned `packrat run`, with its folder. UserError when the run is of another kind.
RunConfig run_config(const PlannedRun& run);

/// Those that its command line gives, the folder's among them.
std::set<std::string> given_options(const PlannedRun& run);

/// Its bytes and its work: training steps, and scorings of the test set, of a head (its network and where
/// that begins).
RunOutlook outlook_of(const RunConfig& config, const RunForecast& forecast);

}  // namespace packrat
