#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/sweep/run_kind.h"

namespace packrat {

/// How long runs take: what they do times the seconds of one of it, and a few seconds to start. Seconds are
/// the medians of finished runs that did the same, or else shipped figures of a machine with two cores.
class TimeModel {
 public:
  /// Takes a finished run into account.
  void learn(const FinishedRun& run);
  /// Predicted wall-clock seconds with the machine as it was for the runs learned from.
  /// with_shared: of work that runs share, too.
  double seconds(const RunOutlook& run, bool with_shared = true) const;
  /// Kinds of work for which finished runs gave the figures.
  std::size_t units_learned() const { return learned_.size(); }

 private:
  std::map<std::string, std::vector<double>> learned_;  // seconds of one, by unit
};

}  // namespace packrat
