#pragma once
#include <vector>

#include "engine/report/table.h"
#include "engine/studies/roofline/machine/timed_part.h"

namespace packrat {

/// Multiply-add rates of a measured machine, a row for each precision and number of threads.
Table arithmetic_table(const MachineProfile& profile);

/// Its memory bandwidths, a row for each way of access and number of threads.
Table memory_table(const MachineProfile& profile);

/// Our encoders and heads, timed, beside the machine's roofs.
Table timing_table(const std::vector<TimedPart>& parts);

}  // namespace packrat
