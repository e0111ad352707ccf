#include "engine/sweep/grid.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::size_t kMostRuns = 100'000;

/// `common`, completed and overridden by a block.
OptionValues merged(const OptionValues& common, const OptionValues& block) {
  OptionValues values = block;
  values.insert(common.begin(), common.end());
  return values;
}

/// Every combination of the values; an option that does not apply to a combination is not multiplied.
std::vector<OptionTexts> combinations(const RunKind& kind, const OptionValues& values) {
  std::vector<OptionTexts> all(1);
  for (const GridOption& option : kind.options()) {
    const auto it = values.find(option.name);
    if (it == values.end()) continue;
    std::vector<OptionTexts> next;
    for (const OptionTexts& one : all) {
      if (!kind.applies(option.name, one)) {
        next.push_back(one);
        continue;
      }
      if (next.size() + it->second.size() > kMostRuns)
        throw UserError(fmt::format(
            "its lists multiply to more than {} runs: give fewer values, or several grids", kMostRuns));
      for (const std::string& text : it->second) next.emplace_back(one)[option.name] = text;
    }
    all = std::move(next);
  }
  return all;
}

/// The combination as a run: only what applies to it is kept, so that equal runs are equal in every option.
PlannedRun as_run(const RunKind& kind, const OptionTexts& combination, const std::filesystem::path& folder) {
  PlannedRun run{&kind, {}, "", folder};
  for (const auto& [name, text] : combination)
    if (kind.applies(name, combination)) run.options[name] = text;
  run.name = kind.name_of(run.options);
  return run;
}

bool matches(const RunKind& kind, const OptionValues& rule, const OptionTexts& options) {
  return std::all_of(rule.begin(), rule.end(), [&](const auto& line) {
    const auto& [name, values] = line;
    return kind.applies(name, options) &&
           std::find(values.begin(), values.end(), kind.value(name, options)) != values.end();
  });
}

bool is_excluded(const Grid& grid, const OptionTexts& options) {
  return std::any_of(grid.excludes.begin(), grid.excludes.end(),
                     [&](const OptionValues& rule) { return matches(*grid.kind, rule, options); });
}

/// Adds the run unless it is there already.
void add(PlannedRun run, std::map<std::string, OptionTexts>& known, std::vector<PlannedRun>& runs) {
  const auto [it, is_new] = known.emplace(run.name, run.options);
  if (is_new)
    runs.push_back(std::move(run));
  else if (it->second != run.options)
    throw UserError(
        fmt::format("two runs of the grid would both be called {}: they differ only in an option "
                    "that does not change results; give it one value",
                    run.name));
}

}  // namespace

void set_values(Grid& grid, const std::string& option, const std::vector<std::string>& values) {
  std::vector<std::string> texts;
  for (const std::string& text : values) texts.push_back(grid.kind->canonical(option, text));
  bool found = grid.common.count(option) > 0;
  for (OptionValues& block : grid.blocks)
    if (block.count(option) > 0) {
      block[option] = texts;
      found = true;
    }
  if (!found || grid.common.count(option) > 0) grid.common[option] = texts;
}

std::vector<PlannedRun> expand(const Grid& grid, const std::filesystem::path& folder,
                               const std::set<std::string>& must_apply) {
  std::vector<PlannedRun> runs;
  std::map<std::string, OptionTexts> known;
  std::set<std::string> applied;
  const std::vector<OptionValues> only_common(1);
  for (const OptionValues& block : grid.blocks.empty() ? only_common : grid.blocks) {
    const OptionValues values = merged(grid.common, block);
    for (const OptionTexts& combination : combinations(*grid.kind, values)) {
      if (is_excluded(grid, combination)) continue;
      PlannedRun run = as_run(*grid.kind, combination, folder);
      for (const auto& [name, text] : run.options) applied.insert(name);
      add(std::move(run), known, runs);
    }
  }
  for (const std::string& name : must_apply)
    if (applied.count(name) == 0)
      throw UserError(fmt::format("--{} applies to no run of the grid: {}", name, grid.kind->why_not(name)));
  return runs;
}

}  // namespace packrat
