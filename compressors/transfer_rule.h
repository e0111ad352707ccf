#pragma once
#include "compressors/kernels/quantize.h"
#include "compressors/rows.h"

namespace packrat {

/// Whether lo is below hi and the width of the range is finite.
bool is_range(kernels::ValueRange range);

/// The published rule for a range that all entries share: over batches of 100 rows, the least 5 %-quantile
/// and the greatest 95 %-quantile of any batch (interpolated between order statistics). Rows behind the last
/// whole batch do not count, unless there is no whole one. rows: at least one.
kernels::ValueRange transfer_rule(ConstRows rows);

}  // namespace packrat
