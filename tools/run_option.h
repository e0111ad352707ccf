#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "engine/experiment/run_options.h"

namespace packrat {

/// Adds one row of the options table to a command, with its help and the default that `config` holds.
CLI::Option* add_run_option(CLI::App& command, const RunOption& row, RunConfig& config);

/// Several of them, in this order. They stand under `group` of the command's help: CLI11's "Options" unless
/// it is named.
void add_run_options(CLI::App& command, std::initializer_list<RunField> fields, RunConfig& config,
                     const std::string& group = "");

/// Adds --dataset, --encoder and the other options that say what codecs are tried on and where those that
/// learn do so.
void add_codec_data_options(CLI::App& command, RunConfig& config);

}  // namespace packrat
