#pragma once
#include <string>
#include <vector>

#include "engine/report/run_groups.h"
#include "engine/studies/sparsify/published_sparsification.h"
#include "engine/studies/sparsify/stored_sparsification.h"

namespace packrat {

/// Sparsifications that differ in nothing but their seed.
struct SparsifyGroup {
  std::vector<const StoredSparsification*> runs;  ///< at least one; the pointers are the caller's

  const StoredSparsification& first() const { return *runs.front(); }
  SparsifiedNetwork network() const { return {first().dataset, first().model, first().complex}; }
  Spread compression() const;
  Spread before() const;  ///< per cent of the test set, with the weights dropped
  Spread after() const;   ///< ... fine-tuned
};

/// In the order: data set, network, method, C. The groups point into `runs`.
std::vector<SparsifyGroup> group_sparsifications(const std::vector<StoredSparsification>& runs);

/// A stage of a sparsification that early stopping may end, and how many epochs it came to.
const StoredStage& stage_of(const StoredSparsification& run, const std::string& stage);

/// The options in a run's files that tell runs of one data set, network, method, C and seed apart.
const std::vector<std::string>& other_options();

/// What a run did otherwise than the published ones: "epochs [20,75,40]; seed ..."; empty when nothing. The
/// seed, C, method and network do not count.
std::string departures(const StoredSparsification& run);

}  // namespace packrat
