#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/plan/plan.h"

namespace packrat {

/// Tables of what was tried, the front, the choice and its command line, for a terminal; as Markdown.
std::string plan_text(const Plan& plan, const PlanOptions& options);

/// The same as data.
nlohmann::json plan_json(const Plan& plan, const PlanOptions& options);

/// The words of the `packrat run` line that does the candidate's run, on all training images and the test
/// set.
std::vector<std::string> run_line(const Candidate& candidate);

}  // namespace packrat
