#include "engine/results/result_files.h"

#include <fmt/format.h>

#include <algorithm>

namespace packrat {
namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder, const std::string& name) {
  if (!fs::is_directory(folder))
    throw UserError(
        fmt::format("{} is not a folder: give one that holds runs, such as runs", folder.string()));
  std::vector<fs::path> files;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().filename() == name) files.push_back(entry.path());
  } catch (const fs::filesystem_error& error) {
    throw UserError(fmt::format("cannot list {}: {}", folder.string(), error.code().message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace packrat
