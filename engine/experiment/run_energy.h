#pragma once
#include "engine/energy/energy_meter.h"
#include "engine/experiment/config.h"

namespace packrat {

/// How a run with --energy is measured. UserError for a time zone, a carbon intensity or a power that is
/// none.
EnergyOptions energy_options(const RunConfig& config);

}  // namespace packrat
