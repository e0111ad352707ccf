#pragma once
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/experiment/forecast.h"

namespace packrat {

/// What a checkpoint.log of the original program says of one run.
struct LoggedRun {
  RunConfig config;             ///< fields that the log names
  std::set<std::string> given;  ///< their names
  double best_acc = 0;          ///< the number, or the last of several, in "Acc: [0.123]" on the last line
};

/// A log taken apart into its runs: each goes from the line of its Namespace(...), when that names a data
/// set, an encoder, a compressor or a size, to the line before the next one. A text without any is one run.
std::vector<std::string_view> runs_in_log(std::string_view text);

/// Reads one run as the published notebooks do: `memory_size=1000`, `compressor='quantization'`, ... in its
/// Namespace(...), or anywhere when it has none, and the accuracy on its last line that is not blank, which
/// the original program's best pass reached. Options that Packrat does not have are ignored. UserError when
/// it has no such line, does not name dataset, encoder, compressor and memory_size, or names an option twice
/// with different values.
LoggedRun parse_log(std::string_view run);

/// What import_logs() did with one run of a log.
struct ImportedLog {
  std::filesystem::path log;
  std::string name;     ///< of the run in the new folder; empty when it was skipped
  std::string problem;  ///< why; empty when it was imported
};

/// Reads every checkpoint.log below `logs` into a result.json below `folder` for each of its runs, marked as
/// imported and holding only what is known: options, the best accuracy, and the bytes of the two formulas
/// where `bytes` can tell them (it may throw). Bytes that are no UTF-8 are escaped as \xNN. Runs are named
/// after their folders' paths below `logs`, with a number behind where another run has that name; what was
/// imported from the same place before is replaced, and nothing else. Logs that Packrat wrote (with a
/// result.json beside them), unfinished runs and logs that cannot be read are skipped. UserError when
/// there is no checkpoint.log at all, and when a result cannot be written.
std::vector<ImportedLog> import_logs(const std::filesystem::path& logs, const std::filesystem::path& folder,
                                     const std::function<RunForecast(RunConfig)>& bytes);

}  // namespace packrat
