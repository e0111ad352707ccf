#pragma once
#include "engine/report/table.h"
#include "engine/roofline/machine/machine_profile.h"

namespace packrat {

/// Multiply-add rates of a measured machine, a row for each precision and number of threads.
Table arithmetic_table(const MachineProfile& profile);

/// Its memory bandwidths, a row for each way of access and number of threads.
Table memory_table(const MachineProfile& profile);

}  // namespace packrat
