#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/sweep/grid.h"

namespace packrat {

/// A grid as a command line chooses it: a preset or a file, and values in place of its own.
struct GridChoice {
  std::string grid;
  std::map<std::string, std::vector<std::string>> values;  ///< of run options, as written: "10,100"
};

/// Adds an option to `command` for every row of the options table that is `wanted`, as a list of values.
void add_grid_values(CLI::App& command, GridChoice& choice,
                     const std::function<bool(const RunOption&)>& wanted);

/// The grid as TOML. UserError lists the presets when it is neither one of them nor a file.
std::string grid_text(const std::string& name);

/// The runs of the grid, with the values of the command line; expand() says what `folder` is for.
std::vector<PlannedRun> planned_runs(const GridChoice& choice, const std::filesystem::path& folder);

}  // namespace packrat
