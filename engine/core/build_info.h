#pragma once
#include <filesystem>
#include <string>

namespace packrat {

// What this build was made from. Both stand in one generated source (build_info.cpp.in) instead of on every
// compiler's command line, so that compiler caches hit across checkouts and a new version recompiles one
// file.

/// The version of the project: "0.1.0".
std::string version();

/// The top of the source tree the program was built in; it may be gone.
std::filesystem::path source_dir();

}  // namespace packrat
