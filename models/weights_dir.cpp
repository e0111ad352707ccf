#include "models/weights_dir.h"

#include <fmt/format.h>

#include <cstdlib>

#include "engine/core/error.h"

namespace packrat {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path installed_dir() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : (program.parent_path() / "../share/packrat/weights").lexically_normal();
}

}  // namespace

fs::path weights_dir() {
  if (const char* const chosen = std::getenv("PACKRAT_WEIGHTS_DIR"); chosen && *chosen) {
    if (is_folder(chosen)) return chosen;
    throw UserError(fmt::format(
        "PACKRAT_WEIGHTS_DIR is '{}', which is not a folder: set it to the one with the shipped weights",
        chosen));
  }
  const fs::path installed = installed_dir(), source = PACKRAT_SOURCE_WEIGHTS_DIR;
  for (const fs::path& dir : {installed, source})
    if (is_folder(dir)) return dir;
  throw UserError(fmt::format(
      "the shipped weights are neither in '{}' nor in '{}': set PACKRAT_WEIGHTS_DIR to their folder",
      installed.string(), source.string()));
}

fs::path shipped_file(std::string_view name) {
  const fs::path dir = weights_dir(), path = dir / name;
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  throw UserError(
      fmt::format("no file '{}' in '{}': set PACKRAT_WEIGHTS_DIR to the folder with the shipped weights, or "
                  "name a file of your own",
                  name, dir.string()));
}

}  // namespace packrat
