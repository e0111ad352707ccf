#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/sweep/experiment_kind.h"

namespace packrat {

/// A run that could be chosen.
struct Candidate {
  std::string name;  ///< of its run
  RunConfig config;
  std::set<std::string> given;        ///< options that its command line gives
  std::optional<std::int64_t> bytes;  ///< kept at the end, exactly; nullopt: entries differ in size
  std::vector<std::int64_t> passes;   ///< of its levels, rising; one 0 for a method that trains on nothing
};

/// One that was left out before anything was trained.
struct LeftOut {
  std::string name, why;
};

struct CandidateList {
  std::vector<Candidate> candidates;
  std::vector<LeftOut> left_out;
};

/// The runs of a grid of `packrat run` that the program takes and whose bytes fit. A run that trains is tried
/// after a ninth and a third of its passes first. UserError when none is left: the reason of the one that is
/// nearest.
CandidateList candidates_of(const std::vector<PlannedRun>& runs, const ForecastFn& forecast);

/// "slda", "gdumb", "hybrid": the family that --methods names.
std::string method_family(const std::string& method);

}  // namespace packrat
