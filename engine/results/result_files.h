#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace packrat {

/// Takes a line about a damaged file that is left out.
using PassedOverFn = std::function<void(const std::string&)>;

/// The text of a file: from the disk, or from an archive that was read. UserError when there is none.
using ReadText = std::function<std::string(const std::filesystem::path&)>;
std::string text_on_disk(const std::filesystem::path& file);

/// A folder of runs as one file; reports read one wherever it lies below their folder.
inline constexpr const char* kRunsArchive = "runs.tar.xz";

/// A file, and what reads it and those beside it.
struct ResultFile {
  std::filesystem::path file;  ///< in an archive: the archive's path and the file's in it
  ReadText read;
};

/// Every file of that name below the folder, and in each archive "runs.tar.xz" there, in the order of their
/// paths. `place` may be such an archive, under any name. UserError when it is neither a folder nor an
/// archive. An archive that is damaged, or of more than 256 MiB of JSON, is a UserError that names it, or,
/// when `passed_over` is not empty, is left out and that line told to it.
std::vector<ResultFile> result_files(const std::filesystem::path& place, const std::string& name,
                                     const PassedOverFn& passed_over = {});

/// What `load` makes of every file of that name below `place`, as result_files() finds them; a folder without
/// any gives none. A damaged file is a UserError that names it, or, when `passed_over` is not empty, is left
/// out and that line told to it.
template <typename Run>
std::vector<Run> load_all(const std::filesystem::path& place, const std::string& name,
                          Run (*load)(const std::filesystem::path&, const ReadText&),
                          const PassedOverFn& passed_over) {
  std::vector<Run> runs;
  for (const ResultFile& found : result_files(place, name, passed_over)) {
    try {
      runs.push_back(load(found.file, found.read));
    } catch (const UserError& damaged) {
      if (!passed_over) throw;
      passed_over(damaged.what());
    }
  }
  return runs;
}

}  // namespace packrat
