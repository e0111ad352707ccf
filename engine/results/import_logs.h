#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/experiment/forecast.h"

namespace packrat {

/// What a checkpoint.log of the original program says of its run.
struct LoggedRun {
  RunConfig config;             ///< fields that the log names
  std::set<std::string> given;  ///< their names
  double final_acc = 0;         ///< the number, or the last of several, in "Acc: [0.123]" on the last line
};

/// Reads one log as the published notebooks do: `memory_size=1000`, `compressor='quantization'`, ... anywhere
/// in the text, and the accuracy on its last line that is not blank. Options that Packrat does not have are
/// passed over. UserError when it has no such line, or does not name dataset, encoder, compressor and
/// memory_size.
LoggedRun parse_log(const std::string& text);

/// What import_logs() did with one file.
struct ImportedLog {
  std::filesystem::path log;
  std::string name;     ///< of the run in the new folder; empty when it was passed over
  std::string problem;  ///< why; empty when it was imported
};

/// Reads every checkpoint.log below `logs` into a result.json below `folder`, marked as imported and holding
/// only what is known: options, accuracy, and the bytes of the two formulas where `bytes` can tell them (it
/// may throw UserError). Runs are named after their folders' paths below `logs`. Logs that Packrat wrote
/// (with a result.json beside them) and unfinished ones are passed over. UserError when there is no
/// checkpoint.log at all.
std::vector<ImportedLog> import_logs(const std::filesystem::path& logs, const std::filesystem::path& folder,
                                     const std::function<RunForecast(RunConfig)>& bytes);

}  // namespace packrat
