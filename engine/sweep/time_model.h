#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/experiment/forecast.h"
#include "engine/sweep/results_store.h"

namespace packrat {

/// How long runs take: training steps times the seconds of a step, scorings of the test set times the seconds of
/// one, and a few seconds to load and ingest. Seconds of a step and of a scoring depend on the head: its network and
/// where that begins. They are the medians of finished runs with that head, or else shipped figures of a machine
/// with two cores.
class TimeModel {
 public:
  /// Takes a finished run into account; runs without seconds (imported ones) do not count.
  void learn(const StoredRun& run);
  /// Predicted wall-clock seconds with the machine as it was for the runs learned from.
  double seconds(const RunConfig& config, const RunForecast& forecast) const;
  /// Heads for which finished runs gave the figures.
  std::size_t heads_learned() const { return learned_.size(); }

 private:
  struct Samples {
    std::vector<double> step, scoring;
  };
  std::map<std::string, Samples> learned_;  // by head
};

}  // namespace packrat
