#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "engine/core/file_lock.h"

namespace packrat {

/// Lets one sweep work in a folder. Workers inherit the lock: after a sweep was killed it is held until its
/// workers, which end with it, have written their checkpoints.
class SweepLock {
 public:
  /// Waits for the workers of a killed sweep, after telling `note` so. UserError when another sweep is at
  /// work there; Interrupted when stop_requested().
  SweepLock(const std::filesystem::path& folder, const std::function<void(const std::string&)>& note);

 private:
  FileLock lock_;
};

}  // namespace packrat
