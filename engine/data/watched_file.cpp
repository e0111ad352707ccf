#include "engine/data/watched_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/core/error.h"

namespace packrat {

WatchedFile::WatchedFile(const std::filesystem::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (fd_ < 0) throw UserError(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  try {
    ::fstat(fd_, &opened_);
    file_ = MappedFile(path);
    if (S_ISREG(opened_.st_mode) && file_.bytes().size != static_cast<std::size_t>(opened_.st_size))
      check_unchanged();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

WatchedFile::~WatchedFile() {
  ::close(fd_);
}

std::int64_t WatchedFile::mtime_ns() const {
  return opened_.st_mtim.tv_sec * std::int64_t{1'000'000'000} + opened_.st_mtim.tv_nsec;
}

void WatchedFile::check_opened_as(std::int64_t size_bytes, std::int64_t time_ns) const {
  if (opened_.st_size != size_bytes || mtime_ns() != time_ns) tell_change();
}

void WatchedFile::check_unchanged() const {
  struct stat now {};
  const bool same = ::fstat(fd_, &now) == 0 && now.st_size == opened_.st_size &&
                    static_cast<std::size_t>(now.st_size) == file_.bytes().size &&
                    now.st_mtim.tv_sec == opened_.st_mtim.tv_sec &&
                    now.st_mtim.tv_nsec == opened_.st_mtim.tv_nsec;
  if (!same) tell_change();
}

void WatchedFile::tell_change() const {
  throw UserError(
      fmt::format("{} changed while it was read: start again when it is complete", path_.string()));
}

}  // namespace packrat
