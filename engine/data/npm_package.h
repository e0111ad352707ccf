#pragma once
#include <filesystem>
#include <string>

namespace packrat {

/// Fetches the archive of an npm package ("name@version") into `folder` with `npm pack` and returns its path.
/// Everything that npm writes, its cache too, goes to `folder`. The npm program must be installed; its own
/// configuration applies. UserError names the package and npm's reason; Interrupted when stop_requested().
std::filesystem::path fetch_npm_package(const std::string& package, const std::filesystem::path& folder);

}  // namespace packrat
