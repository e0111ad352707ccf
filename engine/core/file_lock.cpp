#include "engine/core/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// Whether the open file is still the one of that name: the process before may have removed it.
bool is_at(int fd, const fs::path& path) {
  struct stat open {
  }, named{};
  return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

/// The file, open and locked; -1 when another process has it.
int try_lock(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw UserError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  const int reason = ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  if (reason == 0 && is_at(fd, path)) return fd;
  ::close(fd);
  if (reason == 0 || reason == EWOULDBLOCK || reason == EINTR) return -1;
  throw UserError(fmt::format("cannot lock {}: {}", path.string(), std::strerror(reason)));
}

}  // namespace

FileLock::FileLock(const fs::path& path) : path_(path) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  while ((fd_ = try_lock(path)) < 0) {
    if (stop_requested()) throw Interrupted("stopped while another run made what this one needs");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

FileLock::~FileLock() {
  ::unlink(path_.c_str());
  ::close(fd_);
}

}  // namespace packrat
