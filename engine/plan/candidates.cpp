#include "engine/plan/candidates.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"

namespace packrat {
namespace {

std::vector<std::int64_t> levels_of(const RunConfig& config) {
  if (!applies(find_run_option("num_passes"), config)) return {0};
  std::vector<std::int64_t> passes;
  for (const std::int64_t part : {9, 3, 1}) {
    const std::int64_t count = std::max<std::int64_t>(1, config.num_passes / part);
    if (passes.empty() || passes.back() < count) passes.push_back(count);
  }
  return passes;
}

}  // namespace

std::string method_family(const std::string& method) {
  return method.substr(0, method.find(':'));
}

CandidateList candidates_of(const std::vector<PlannedRun>& runs, const ForecastFn& forecast) {
  CandidateList list;
  for (const PlannedRun& run : runs) try {
      Candidate candidate{run.name, run_config(run), given_options(run), {}, {}};
      candidate.given.erase("log_dir");
      candidate.given.erase("exp_name");
      candidate.bytes = forecast(candidate.config, candidate.given).exact_bytes;
      candidate.passes = levels_of(candidate.config);
      list.candidates.push_back(std::move(candidate));
    } catch (const UserError& refusal) {
      list.left_out.push_back({run.name, refusal.what()});
    }
  if (list.candidates.empty())
    throw UserError(list.left_out.empty()
                        ? "the grid has no runs to choose from"
                        : fmt::format("none of the {} ways to learn fits: {}: {}", list.left_out.size(),
                                      list.left_out.front().name, list.left_out.front().why));
  return list;
}

}  // namespace packrat
