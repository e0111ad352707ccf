#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "engine/experiment/config.h"

namespace packrat {

/// Adds one row of the options table to a command, with its help and the default that `config` holds.
CLI::Option* add_run_option(CLI::App& command, const std::string& name, RunConfig& config);

/// Adds --dataset, --encoder and the other options that say what codecs are tried on and where those that
/// learn do so.
void add_codec_data_options(CLI::App& command, RunConfig& config);

}  // namespace packrat
