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
  std::string codec;          ///< spec; canonical unless it has to learn first
  bool codec_learns = false;  ///< it has to be fitted, or to have been, before it can encode
  /// what the budget buys; an estimate for a budget in bytes and entries of many sizes
  std::int64_t slots = 0;
  std::int64_t held = 0;  ///< entries at the end of the stream: slots, or all images of the stream
  /// by the exact formula, for all slots; nullopt: entries differ in size
  std::optional<std::int64_t> exact_bytes;
  std::optional<double> published_mib;
};

/// How rooms without LibTorch ask for one.
using ForecastFn = std::function<RunForecast(const RunConfig& config, const std::set<std::string>& given)>;

/// Forecasts runs; reads every weights file, and describes every data set, once. UserError, as the run itself
/// would throw it, when the options contradict each other, the codec is not available, or the budget is too
/// small.
ForecastFn make_forecaster();

/// The bytes that the formulas give for the codec of a run of the original program at its memory_size,
/// whatever its encoder's weights. UserError when the codec or the data set is not one of Packrat's.
RunForecast formula_bytes(RunConfig config);

/// Does beforehand, with all --threads, what runs share: loads the data set, encodes it into the feature
/// cache, and fits a codec that learns into the cache of codecs. Quick when it is there already. UserError
/// when the data set is missing; Interrupted when stop_requested().
void prepare_shared(const RunConfig& config, const ProgressFn& progress);

}  // namespace packrat
