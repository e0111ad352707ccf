#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/experiment/config.h"
#include "engine/experiment/run_record.h"

namespace packrat {

/// `<log_dir>/<exp_name>`: checkpoint.log, result.json and, while a run lasts, its checkpoint.
struct RunFolder {
  explicit RunFolder(const RunConfig& config);
  std::filesystem::path folder, log, result, checkpoint;
};

/// The options as Python's argparse.Namespace prints them ("Namespace(dataset='CIFAR100', memory_size=1000,
/// encoding_block=3, ...)"): the first line of checkpoint.log, which the published notebooks read with
/// regular expressions. Only those of the chosen parts, as published_spelling() has them. `slots` is what a
/// budget in bytes came to.
std::string namespace_text(const RunConfig& config, std::int64_t slots);

/// checkpoint.log as a whole: the options, a line for every scored pass, one with the accuracy after the last
/// pass, and last "Acc: [0.123]". As in the original program that is the best of the scored passes, a
/// fraction.
std::string log_text(const RunConfig& config, const RunRecord& record);

/// Writes checkpoint.log and result.json, each all or nothing.
void write_results(const RunFolder& folder, const RunConfig& config, const RunRecord& record);

/// The options that apply, by name, with their own types.
nlohmann::json config_to_json(const RunConfig& config);

}  // namespace packrat
