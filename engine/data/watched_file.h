#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>

#include "engine/core/files.h"

namespace packrat {

/// A file mapped into memory that tells when somebody has changed it since.
class WatchedFile {
 public:
  /// UserError when it cannot be read.
  explicit WatchedFile(const std::filesystem::path& path);
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const MappedFile& file() const { return file_; }
  ByteView bytes() const { return file_.bytes(); }
  std::int64_t mtime_ns() const;
  /// UserError unless it had this size and time of modification when it was opened.
  void check_opened_as(std::int64_t size_bytes, std::int64_t mtime_ns) const;
  /// UserError when its size or its time of modification is another one than when it was opened.
  void check_unchanged() const;

 private:
  [[noreturn]] void tell_change() const;

  std::filesystem::path path_;
  int fd_ = -1;
  struct stat opened_ {};
  MappedFile file_;
};

}  // namespace packrat
