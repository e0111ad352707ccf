#pragma once
#include <filesystem>
#include <string>

#include "engine/core/progress.h"

namespace packrat {

/// The address of the npm registry that the user's settings name, without a slash at its end: the environment
/// variable npm_config_registry, else the line `registry = ...` of ~/.npmrc, else of /etc/npmrc (npm's own
/// npm_config_userconfig and npm_config_globalconfig name other files). Empty when none does. Nothing else of
/// these files is read.
std::string npm_registry();

/// Fetches the archive of an npm package ("name@version") into `folder` and returns its path. From the
/// registry that is named, when one is, without the program npm: the archive must have the digest that the
/// registry states (`integrity`, else `shasum`). When none is named or that fails, with `npm pack`, which
/// must be installed then; its own configuration applies, and everything it writes, its cache too, goes to
/// `folder`. UserError names the package and the reasons; Interrupted when stop_requested().
std::filesystem::path fetch_npm_package(const std::string& package, const std::filesystem::path& folder,
                                        const ProgressFn& progress = {});

}  // namespace packrat
