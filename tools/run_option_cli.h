#pragma once
#include <CLI/CLI.hpp>

#include "engine/experiment/config.h"

namespace packrat {

/// Adds a row of the options table to a command: its value goes to `config`, which also holds its default.
CLI::Option* add_run_option(CLI::App& command, const RunOption& row, RunConfig& config);

}  // namespace packrat
