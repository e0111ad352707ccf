#pragma once
#include <filesystem>
#include <set>
#include <string>

#include "engine/experiment/config.h"

namespace packrat {

/// Reads a TOML file of options (`memory_size = 1000`) into `config`, leaving alone the options in `given`,
/// to which it adds the ones it set. UserError names file, line and key for unknown keys and values of the
/// wrong type.
void read_config_file(const std::filesystem::path& file, RunConfig& config, std::set<std::string>& given);

/// The options that apply, as a TOML file that read_config_file() reads back to the same run.
std::string dump_config(const RunConfig& config);

}  // namespace packrat
