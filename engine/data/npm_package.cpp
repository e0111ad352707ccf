#include "engine/data/npm_package.h"

#include <fmt/format.h>

#include <sstream>

#include "engine/core/child_process.h"
#include "engine/core/error.h"
#include "engine/core/files.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// The first two lines that npm marks as errors, without the mark.
std::string npm_reason(const fs::path& log) {
  std::istringstream text(read_text(log));
  std::string reason;
  int lines = 0;
  for (std::string line; lines < 2 && std::getline(text, line);)
    for (const std::string mark : {"npm ERR! ", "npm error "})
      if (line.rfind(mark, 0) == 0) {
        reason += (lines++ > 0 ? ", " : "") + line.substr(mark.size());
        break;
      }
  return reason.empty() ? "npm gave no reason" : reason;
}

}  // namespace

fs::path fetch_npm_package(const std::string& package, const fs::path& folder) {
  const fs::path log = folder / "npm.log";
  const fs::path cache = fs::absolute(folder) / "npm-cache";
  const int code = run_program({"npm", "pack", package, "--ignore-scripts", "--no-update-notifier",
                                "--no-progress", "--cache", cache.string()},
                               folder, log);
  std::error_code ignored;
  fs::remove_all(cache, ignored);
  if (code != 0)
    throw UserError(fmt::format("npm pack {} failed with exit code {}: {}", package, code, npm_reason(log)));
  for (const fs::directory_entry& file : fs::directory_iterator(folder))
    if (file.path().extension() == ".tgz") return file.path();
  throw UserError(fmt::format("npm pack {} left no archive", package));
}

}  // namespace packrat
