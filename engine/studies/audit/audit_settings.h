#pragma once
#include <set>
#include <string>
#include <vector>

#include "engine/experiment/config.h"
#include "engine/sweep/grid.h"

namespace packrat {

/// What decides the bytes of an entry: a data set, an encoder and a codec.
struct AuditSetting {
  RunConfig config;             ///< all else at its default; its stream has every class of the data set
  std::set<std::string> given;  ///< the options that the grid set
  std::string codec;            ///< codec_setting()
};

/// The data sets, encoders and codecs of a grid's runs, each once, in the grid's order, whatever the runs'
/// budgets, seeds and trainings. `machine` gives the folders, threads and cache. UserError for an unknown
/// data set.
std::vector<AuditSetting> audit_settings(const std::vector<PlannedRun>& runs, const RunConfig& machine);

}  // namespace packrat
