#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "compressors/rows.h"
#include "engine/core/progress.h"

namespace packrat {

class Codec;

/// The rows that a codec learns from, all of one width. They never overlap: what is reported about a fitted
/// codec is measured on `held_out`, which also decides when training stops.
struct FittingRows {
  ConstRows train;
  ConstRows held_out;
};

/// How stages learn. Stages that only count, sort or cluster read the seed and the progress function and
/// leave the rest alone.
struct FittingOptions {
  std::uint64_t seed = 0;
  int threads = 1;  ///< results do not depend on it
  std::int64_t max_epochs = 50;
  std::int64_t patience = 3;  ///< stop after so many epochs without a better held-out loss
  std::int64_t batch_size = 128;
  double learning_rate = 1e-3;
  /// Where a long training keeps its state, so that the same call continues after it was stopped; empty:
  /// nowhere. A stage adds "." and its place in the chain to the name, and removes the file when it has
  /// finished.
  std::filesystem::path checkpoint;
  /// What the first stages learned before, stage by stage (Codec::shared_by_stage()): they are not fitted
  /// again.
  std::vector<std::vector<std::uint8_t>> known;
  ProgressFn progress;
};

}  // namespace packrat
