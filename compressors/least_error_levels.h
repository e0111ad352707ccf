#pragma once
#include <vector>

namespace packrat {

/// The `states` ascending levels that give the values the least squared error when each takes the nearest:
/// the quantizer of Lloyd (1957) and Max (1960). Found by dynamic programming over at most 4096 groups of
/// neighbouring values (Wang and Song 2011), which is the optimum up to the grouping, and then refined by
/// Lloyd's iteration on all of them. values: finite, at least one. Fewer levels when there are fewer
/// different values.
std::vector<float> least_error_levels(std::vector<float> values, int states);

}  // namespace packrat
