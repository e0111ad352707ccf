#include "engine/sweep/grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/sweep/option_text.h"

namespace packrat {
namespace {

/// `common`, completed and overridden by a block.
OptionValues merged(const OptionValues& common, const OptionValues& block) {
  OptionValues values = block;
  values.insert(common.begin(), common.end());
  return values;
}

/// Options in the order in which they are given values: those that decide whether others apply come first.
std::vector<const RunOption*> options_in_order() {
  std::vector<const RunOption*> order;
  for (const RunOption& option : run_options()) order.push_back(&option);
  std::stable_partition(order.begin(), order.end(), [](const RunOption* o) { return o->part.empty(); });
  return order;
}

/// Every combination of the values; an option that does not apply to a combination is not multiplied.
std::vector<RunConfig> combinations(const OptionValues& values) {
  std::vector<RunConfig> configs(1);
  for (const RunOption* option : options_in_order()) {
    const auto it = values.find(option->name);
    if (it == values.end()) continue;
    std::vector<RunConfig> next;
    for (const RunConfig& config : configs) {
      if (!applies(*option, config)) {
        next.push_back(config);
        continue;
      }
      for (const std::string& text : it->second) set_option(*option, text, next.emplace_back(config));
    }
    configs = std::move(next);
  }
  return configs;
}

/// The combination as a run: only what applies to it is kept, so that equal runs are equal in every field.
PlannedRun as_run(const RunConfig& combination, const OptionValues& values, const std::filesystem::path& folder) {
  PlannedRun run;
  for (const RunOption& option : run_options())
    if (values.count(option.name) > 0 && applies(option, combination)) {
      std::visit([&](auto field) { run.config.*field = combination.*field; }, option.field);
      run.given.insert(option.name);
    }
  run.config.exp_name = default_exp_name(run.config);
  run.config.log_dir = folder.string();
  run.given.insert({"exp_name", "log_dir"});
  return run;
}

bool has_value(const RunOption& option, const RunConfig& config, const std::vector<std::string>& values) {
  return std::any_of(values.begin(), values.end(), [&](const std::string& text) {
    RunConfig asked;
    set_option(option, text, asked);
    return value_text(option, asked) == value_text(option, config);
  });
}

bool matches(const OptionValues& rule, const RunConfig& config) {
  return std::all_of(rule.begin(), rule.end(), [&](const auto& line) {
    const RunOption& option = find_run_option(line.first);
    return applies(option, config) && has_value(option, config, line.second);
  });
}

bool is_excluded(const Grid& grid, const RunConfig& config) {
  return std::any_of(grid.excludes.begin(), grid.excludes.end(),
                     [&](const OptionValues& rule) { return matches(rule, config); });
}

/// Adds the run unless it is there already.
void add(PlannedRun run, std::map<std::string, std::string>& known, std::vector<PlannedRun>& runs) {
  const std::string words = shell_line(run_words(run.config, run.given));
  const auto [it, is_new] = known.emplace(run.name(), words);
  if (is_new)
    runs.push_back(std::move(run));
  else if (it->second != words)
    throw UserError(fmt::format("two runs of the grid would both be called {}: they differ only in an option "
                                "that does not change results; give it one value",
                                run.name()));
}

}  // namespace

void set_values(Grid& grid, const std::string& option, const std::vector<std::string>& values) {
  for (const std::string& text : values) {
    RunConfig unused;
    set_option(find_run_option(option), text, unused);
  }
  bool found = grid.common.count(option) > 0;
  for (OptionValues& block : grid.blocks)
    if (block.count(option) > 0) {
      block[option] = values;
      found = true;
    }
  if (!found || grid.common.count(option) > 0) grid.common[option] = values;
}

std::vector<PlannedRun> expand(const Grid& grid, const std::filesystem::path& folder,
                               const std::set<std::string>& must_apply) {
  std::vector<PlannedRun> runs;
  std::map<std::string, std::string> known;
  std::set<std::string> applied;
  const std::vector<OptionValues> only_common(1);
  for (const OptionValues& block : grid.blocks.empty() ? only_common : grid.blocks) {
    const OptionValues values = merged(grid.common, block);
    for (const RunConfig& combination : combinations(values)) {
      if (is_excluded(grid, combination)) continue;
      PlannedRun run = as_run(combination, values, folder);
      applied.insert(run.given.begin(), run.given.end());
      add(std::move(run), known, runs);
    }
  }
  for (const std::string& name : must_apply)
    if (applied.count(name) == 0) {
      const RunOption& option = find_run_option(name);
      throw UserError(fmt::format("--{} applies to no run of the grid{}", name,
                                  option.part.empty() ? ": another option replaces it"
                                                      : fmt::format(": it belongs to --{} {}", option.part,
                                                                    fmt::join(option.part_values, " or "))));
    }
  return runs;
}

}  // namespace packrat
