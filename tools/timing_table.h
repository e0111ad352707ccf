#pragma once
#include <vector>

#include "engine/report/table.h"
#include "engine/roofline/timing/part_timing.h"

namespace packrat {

/// Timed encoders and heads beside this machine's roofs.
Table timing_table(const std::vector<TimedPart>& parts);

}  // namespace packrat
