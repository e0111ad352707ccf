#pragma once
#include <filesystem>

namespace packrat {

/// Lets one process at a time past: the others wait in the constructor until it is destroyed there, or that
/// process ends. Whoever is past removes the file.
class FileLock {
 public:
  /// Creates parent folders. UserError when the file cannot be made or locked; Interrupted when
  /// stop_requested() while waiting.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace packrat
