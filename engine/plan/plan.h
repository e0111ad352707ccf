#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/plan/candidates.h"
#include "engine/plan/halving.h"

namespace packrat {

struct PlanOptions {
  std::filesystem::path folder;  ///< trials and plan.json
  double holdout = 0.1;          ///< share of the training images that trials are scored on
  double seconds = 0;            ///< no trial is begun after these; 0: no limit
  /// Points (of 1) behind the best whole training at which a candidate is given up before it is whole.
  double out_of_reach = 0.1;
  bool overwrite = false;  ///< give up what another plan left in the folder
};

/// What was tried, and what it came to.
struct Plan {
  std::vector<Candidate> candidates;
  std::vector<LeftOut> left_out;
  std::vector<Trial> trials;  ///< in order
  bool out_of_time = false;   ///< not all that halving asks for were done
  double seconds = 0;         ///< of the trials

  /// Trials of whole trainings.
  std::vector<Trial> complete() const;
  /// Of those, the ones that no other beats in both bytes and accuracy, by rising bytes.
  std::vector<Trial> front() const;
  /// Of those, the most accurate; of equal ones the one with fewer bytes. Error when there is none.
  Trial choice() const;
};

/// The run of a trial: the candidate's, with so many passes, scored on held-out training images, in a folder
/// of its own.
RunConfig trial_config(const Candidate& candidate, std::int64_t passes, const PlanOptions& options);

/// Does a run, from its checkpoint where there is one.
using DoRunFn = std::function<void(const RunConfig& config)>;

/// Tries the candidates by successive halving. A trial that is done lies in the folder with its result and is
/// not done again: a plan that was stopped continues where it was, and ends as if it had not been.
/// note: one line a trial. Interrupted when stop_requested(); UserError when the folder holds another plan,
/// and when the time is up before any training was whole.
Plan make_plan(CandidateList list, const PlanOptions& options, const DoRunFn& do_run,
               const std::function<void(const std::string&)>& note);

/// The options that decide what a plan comes to, a line each: what its folder is compared by.
std::string plan_identity(const std::vector<Candidate>& candidates, const PlanOptions& options);

}  // namespace packrat
