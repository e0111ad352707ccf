#include "engine/core/shipped_files.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "engine/core/build_info.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path installed_folder(const char* name) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  // packrat-tensors is in libexec/packrat.
  const fs::path folder = program.parent_path(), prefix = folder.filename() == "packrat" ? "../.." : "..";
  return (folder / prefix / "share/packrat" / name).lexically_normal();
}

}  // namespace

std::vector<fs::path> shipped_places(const ShippedFolder& folder) {
  if (const char* const chosen = std::getenv(folder.variable); chosen && *chosen) return {chosen};
  std::vector<fs::path> places{source_dir() / folder.source};
  if (fs::path installed = installed_folder(folder.installed); !installed.empty())
    places.insert(places.begin(), std::move(installed));
  return places;
}

fs::path shipped_folder(const ShippedFolder& folder) {
  const std::vector<fs::path> places = shipped_places(folder);
  for (const fs::path& place : places)
    if (is_folder(place)) return place;
  if (const char* const chosen = std::getenv(folder.variable); chosen && *chosen)
    throw UserError(fmt::format("{} is '{}', which is not a folder: set it to the one with {}",
                                folder.variable, chosen, folder.contents));
  throw UserError(fmt::format("{} are neither in '{}' nor in '{}': set {} to their folder", folder.contents,
                              places.front().string(), places.back().string(), folder.variable));
}

fs::path shipped_file(const ShippedFolder& folder, std::string_view name) {
  const fs::path dir = shipped_folder(folder), path = dir / name;
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  throw UserError(
      fmt::format("no file '{}' in '{}': set {} to the folder with {}, or name a file of your own", name,
                  dir.string(), folder.variable, folder.contents));
}

fs::path shipped_table(std::string_view name) {
  return shipped_file(kShippedTables, name);
}

}  // namespace packrat
