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
  std::map<std::string, std::vector<std::string>> values;  ///< of options, as written: "10,100"
};

/// Adds an option to `command` for every option of the kinds that is `wanted`, as a list of values. Kinds
/// that have one of the same name share it.
void add_grid_values(CLI::App& command, GridChoice& choice, const std::vector<const RunKind*>& kinds,
                     const std::function<bool(const GridOption&)>& wanted);

/// The grid as TOML. UserError lists the presets when it is neither one of them nor a file.
std::string grid_text(const std::string& name);

/// The runs of the grid, with the values of the command line; expand() says what `folder` is for.
std::vector<PlannedRun> planned_runs(const GridChoice& choice, const std::filesystem::path& folder);

}  // namespace packrat
