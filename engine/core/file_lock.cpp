#include "engine/core/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/folders.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

/// Whether the open file is still the one of that name: the process before may have removed it.
bool is_at(int fd, const fs::path& path) {
  struct stat open {
  }, named{};
  return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

/// The file, open and locked; -1 when another process has it.
int try_lock(const fs::path& path, FileLock::Children children) {
  const int flags = O_RDWR | O_CREAT | (children == FileLock::Children::kInherit ? 0 : O_CLOEXEC);
  for (;;) {
    const int fd = ::open(path.c_str(), flags, 0644);
    if (fd < 0) throw UserError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
    const int reason = ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (reason == 0 && is_at(fd, path)) return fd;
    ::close(fd);
    if (reason == EWOULDBLOCK) return -1;
    if (reason != 0 && reason != EINTR)
      throw UserError(fmt::format("cannot lock {}: {}", path.string(), std::strerror(reason)));
  }
}

LockHolder holder_of(const fs::path& path) {
  LockHolder holder;
  std::ifstream(path) >> holder.process >> holder.host;
  return holder;
}

void write_holder(int fd, const fs::path& path) {
  const std::string owner = fmt::format("{} {}\n", ::getpid(), host_name());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, owner.data(), owner.size(), 0) < 0)
    throw UserError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

}  // namespace

bool LockHolder::may_live() const {
  return host != host_name() || process <= 0 || ::kill(process, 0) == 0 || errno == EPERM;
}

std::string LockHolder::text() const {
  return process <= 0 ? "another process" : fmt::format("process {} on {}", process, host);
}

FileLock::FileLock(const fs::path& path, const WhileHeld& while_held, Children children)
    : path_(path), children_(children) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  while ((fd_ = try_lock(path, children)) < 0) {
    if (stop_requested()) throw Interrupted("stopped while waiting for another command");
    if (while_held) while_held(holder_of(path));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  try {
    write_holder(fd_, path);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

FileLock::~FileLock() {
  if (children_ == Children::kDoNotInherit) ::unlink(path_.c_str());
  ::close(fd_);
}

FileLock::WhileHeld refuse_while_held(const std::string& where) {
  return [where](const LockHolder& holder) {
    throw UserError(
        fmt::format("another command ({}) is at work in {}: wait for it, or stop it", holder.text(), where));
  };
}

}  // namespace packrat
