#pragma once
#include <cstdint>
#include <vector>

#include "compressors/kernels/quantize.h"
#include "compressors/rows.h"
#include "engine/core/rng.h"

namespace packrat {

/// Values of the columns [first, last) of rows: all of them when there are at most `most`, else `most` drawn
/// at random.
std::vector<float> sample_values(ConstRows rows, std::int64_t first, std::int64_t last, std::int64_t most,
                                 Rng& rng);

/// The range for `states` equal bins (with `zero_exact`: state 0 is 0, and the range begins there) that gives
/// `values`, at least one, the least squared error, among the quantiles q and 1 - q for a dozen q from 0 to
/// 0.3.
kernels::ValueRange least_error_range(std::vector<float> values, int states, bool zero_exact);

}  // namespace packrat
