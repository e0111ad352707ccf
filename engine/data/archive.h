#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "engine/core/progress.h"

namespace packrat {

/// Takes the files named in `wanted` (name -> greatest size in bytes) out of a .tar, .tar.gz, .tar.xz,
/// .tar.bz2, .tar.zst or .zip archive, at whatever depth they stand, and writes each to `folder`/name. Only
/// regular files are taken and only the last part of their paths is used, so that nothing can be written
/// elsewhere. Returns the names that were found. UserError for a file that is no archive or a damaged one,
/// for a name that comes twice and for a file above its size; Interrupted when stop_requested().
std::set<std::string> extract_files(const std::filesystem::path& archive,
                                    const std::map<std::string, std::int64_t>& wanted,
                                    const std::filesystem::path& folder, const ProgressFn& progress = {});

}  // namespace packrat
