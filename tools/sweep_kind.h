#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine/sweep/sweep.h"

namespace packrat {

/// What a sweep of one kind of run needs from the program itself: LibTorch, and a way to print.
struct SweepKind {
  std::string command;          ///< RunKind::command()
  OutlookFn (*make_outlook)();  ///< refuses what the program would refuse
  /// Makes with all threads what waiting runs share, before any worker starts. Runs for which that cannot be
  /// made (a data set that is missing, a codec that cannot be fitted) become unavailable, with the reason.
  void (*prepare)(std::vector<SweepRun>& runs, int threads);
};

/// For SweepKind::prepare: makes for every waiting run what its key tells to be shared, once for all runs
/// with that key. Those for which it cannot be made become unavailable.
void prepare_once(std::vector<SweepRun>& runs,
                  const std::function<std::vector<std::string>(const SweepRun&)>& key_of,
                  const std::function<void(const SweepRun&)>& make);

/// The row for a kind of run_kinds().
const SweepKind& find_sweep_kind(const RunKind& kind);

}  // namespace packrat
