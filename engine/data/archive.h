#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/core/progress.h"

namespace packrat {

/// Takes the files named in `wanted` (name -> greatest size in bytes) out of a .tar, .tar.gz, .tar.xz,
/// .tar.bz2, .tar.zst or .zip archive, or out of a folder, at whatever depth they stand, and writes each to
/// `folder`/name. Only regular files are taken and only the last part of their paths is used, so that nothing
/// can be written elsewhere. Returns the names that were found. UserError for a file that is no archive or a
/// damaged one, for a name that comes twice and for a file above its size; Interrupted when stop_requested().
std::set<std::string> extract_files(const std::filesystem::path& archive,
                                    const std::map<std::string, std::int64_t>& wanted,
                                    const std::filesystem::path& folder, const ProgressFn& progress = {});

/// Gets a file's path and its bytes.
using TakeFile = std::function<void(const std::string& path, std::vector<std::uint8_t> bytes)>;

/// Hands every regular file of such an archive whose path `wants` to `take`, in the archive's order; nothing
/// is written. UserError for a file that is no archive or a damaged one, and for a file above `max_bytes`;
/// Interrupted when stop_requested().
void read_archive(const std::filesystem::path& archive, const std::function<bool(const std::string&)>& wants,
                  std::int64_t max_bytes, const TakeFile& take, const ProgressFn& progress = {});

/// Files of an archive: their paths in it, and their bytes.
using ArchiveFiles = std::map<std::string, std::string>;

/// Writes a .tar.xz archive in place of what is there, once it is whole. The same files give the same bytes:
/// no times and no owners are kept. UserError when it cannot be written.
void write_archive(const std::filesystem::path& archive, const ArchiveFiles& files);

}  // namespace packrat
