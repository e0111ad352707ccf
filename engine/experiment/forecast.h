#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "engine/core/progress.h"
#include "engine/experiment/config.h"

namespace packrat {

/// What can be said of a run before it starts.
struct RunForecast {
  std::string codec;            ///< canonical spec
  std::int64_t slots = 0;       ///< what the budget buys; an estimate for a budget in bytes and entries of many sizes
  std::int64_t held = 0;        ///< entries at the end of the stream: slots, or all images of the stream
  std::int64_t exact_bytes = 0; ///< by the exact formula, for all slots
  std::optional<double> published_mib;
};

/// How rooms without LibTorch ask for one.
using ForecastFn = std::function<RunForecast(const RunConfig& config, const std::set<std::string>& given)>;

/// Forecasts runs; looks at every weights file once. UserError, as the run itself would throw it, when the options
/// contradict each other, the codec is not available, or the budget is too small.
ForecastFn make_forecaster();

/// The bytes that the formulas give for a codec at `slots` entries, where the strategy is known by name only
/// (a run of the original program, with weights that may not be here). UserError when the codec is not available.
RunForecast formula_bytes(RunConfig config);

/// Loads the data set and encodes it with all --threads into the feature cache, so that runs that share it find it
/// there. Quick when it is there already. Interrupted when stop_requested().
void encode_ahead(const RunConfig& config, const ProgressFn& progress);

}  // namespace packrat
