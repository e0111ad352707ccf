#pragma once
#include <functional>
#include <string>

#include "engine/core/progress.h"
#include "engine/experiment/config.h"
#include "engine/experiment/run_record.h"

namespace packrat {

/// How a run tells of itself. Both may be empty.
struct RunHooks {
  ProgressFn progress;
  std::function<void(const std::string& line)> note;  ///< one sentence when a phase ends
};

/// The whole experiment: data set -> stream -> encoder -> codec -> replay buffer -> head, and every byte
/// counted. Writes checkpoint.log and result.json into the run's folder when it is done. When
/// stop_requested(), a checkpoint is written there and Interrupted thrown; `resume` continues from it, to the
/// same bytes and the same accuracy. A checkpoint is also written about once a minute. UserError for
/// everything a user can fix.
RunRecord run_experiment(const RunConfig& config, bool resume, const RunHooks& hooks);

}  // namespace packrat
