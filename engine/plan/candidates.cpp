#include "engine/plan/candidates.h"

#include <fmt/format.h>

#include <algorithm>

#include "compressors/spec_text.h"
#include "engine/core/bytes.h"
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

/// A closed form that keeps so small a part of its budget is left out when larger ones of its family fit.
constexpr std::int64_t kSmallPart = 3;

/// Of a closed form of a known size: whether it is that small.
bool is_small(const Candidate& candidate) {
  return candidate.passes.front() == 0 && candidate.bytes && !candidate.config.memory_bytes.empty() &&
         kSmallPart * *candidate.bytes < parse_byte_size(candidate.config.memory_bytes);
}

void leave_out_small_ones(CandidateList& list) {
  std::set<std::string> with_large;
  for (const Candidate& c : list.candidates)
    if (c.passes.front() == 0 && !is_small(c)) with_large.insert(method_family(c.config.method));
  const auto kept =
      std::stable_partition(list.candidates.begin(), list.candidates.end(), [&](const Candidate& c) {
        return !is_small(c) || with_large.count(method_family(c.config.method)) == 0;
      });
  for (auto c = kept; c != list.candidates.end(); ++c)
    list.left_out.push_back(
        {c->name, fmt::format("keeps {} bytes, less than a third of the budget, and larger ones "
                              "of {} fit",
                              *c->bytes, method_family(c->config.method))});
  list.candidates.erase(kept, list.candidates.end());
}

}  // namespace

std::string method_family(const std::string& method) {
  return parse_spec(method).front().name;
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
  leave_out_small_ones(list);
  return list;
}

}  // namespace packrat
