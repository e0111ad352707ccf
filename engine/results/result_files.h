#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace packrat {

/// Takes a line about a damaged file that is left out.
using PassedOverFn = std::function<void(const std::string&)>;

/// Every file of that name below the folder, in the order of their paths. UserError when it is not a folder.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder, const std::string& name);

/// What `load` makes of every file of that name below the folder, in the order of their paths; a folder
/// without any gives none. A damaged file is a UserError that names it, or, when `passed_over` is not empty,
/// is left out and that line told to it. UserError when `folder` is not a folder.
template <typename Run>
std::vector<Run> load_all(const std::filesystem::path& folder, const std::string& name,
                          Run (*load)(const std::filesystem::path&), const PassedOverFn& passed_over) {
  std::vector<Run> runs;
  for (const std::filesystem::path& file : files_below(folder, name)) {
    try {
      runs.push_back(load(file));
    } catch (const UserError& damaged) {
      if (!passed_over) throw;
      passed_over(damaged.what());
    }
  }
  return runs;
}

}  // namespace packrat
