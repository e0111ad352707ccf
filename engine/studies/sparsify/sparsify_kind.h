#pragma once
#include "engine/studies/sparsify/sparsify_options.h"
#include "engine/sweep/run_kind.h"

namespace packrat {

/// Grids of `packrat sparsify`. Its runs take one thread each, and share dense networks.
const RunKind& sparsify_kind();

/// Adds the kind and its presets to the tables of sweeps.
void add_sparsify_sweeps();

/// The options of a planned `packrat sparsify`. UserError when the run is of another kind.
SparsifyConfig sparsify_config(const PlannedRun& run);

/// Its work: epochs of each stage, early stopping left aside.
RunOutlook outlook_of(const SparsifyConfig& config);

}  // namespace packrat
