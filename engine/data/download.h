#pragma once
#include <filesystem>
#include <string>

#include "engine/core/progress.h"

namespace packrat {

/// Fetches `url` into the file `path`, all or nothing; redirects are followed. Gives up when no connection
/// stands after `connect_seconds`, or when next to nothing arrives for half a minute. UserError names the URL
/// and the reason; Interrupted when stop_requested().
void download(const std::string& url, const std::filesystem::path& path, const ProgressFn& progress = {},
              int connect_seconds = 10);

}  // namespace packrat
