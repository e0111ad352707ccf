#pragma once
#include <filesystem>
#include <string>

#include "engine/experiment/config.h"
#include "engine/experiment/run_record.h"
#include "engine/train/learner.h"

namespace packrat {

/// Where a run that was stopped continues. The buffer is not in it: the stream is replayed, which takes
/// seconds and gives the same bytes, and `buffer_checksum` proves it.
struct RunCheckpoint {
  std::int64_t task = 0;  ///< the task after which the learner in `learner` trains
  LearnerPosition position;
  StateDict learner;
  std::vector<PassScore> curve;  ///< of the unfinished training
  std::vector<double> of_task;   ///< its last scores by task
  std::string buffer_checksum;
  RunRecord record;  ///< only what progress_to_json() keeps: finished trainings, seconds
};

/// The options on which a run's numbers depend, as text: a checkpoint of other options is refused.
std::string fingerprint(const RunConfig& config);

void save_checkpoint(const std::filesystem::path& path, const RunConfig& config,
                     const RunCheckpoint& checkpoint);

/// UserError when the file is missing, damaged, or of a run with other options (which it names).
RunCheckpoint load_checkpoint(const std::filesystem::path& path, const RunConfig& config);

}  // namespace packrat
