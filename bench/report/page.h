#pragma once
#include <string>

#include "bench/report/rates.h"
#include "engine/report/figure.h"

namespace packrat::bench {

/// The page as Markdown: the bars, and every rate in tables. `picture`: the file beside the page that holds
/// the figure.
std::string kernels_page(const Rates& rates, const std::string& picture);

/// Rates against the width of a code: data in L1, and in memory.
Figure kernels_figure(const Rates& rates);

}  // namespace packrat::bench
